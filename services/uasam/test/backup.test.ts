import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { backUp } from '../src/db/backup/back-up';
import { restore } from '../src/db/backup/restore';
import { backedUpTables, leftOutTables } from '../src/db/backup/tables';
import { Database } from '../src/db/database';
import { createEmptyDatabase } from './support/empty-database';
import { eraseRecords } from './support/erasures';
import { startTestService, type TestService } from './support/service';
import { addMember, createAgent, createSdkKey, createTenant, invite, paths } from './support/tenant';

let service: TestService;
let dir: string;
beforeAll(async () => {
  service = await startTestService();
  dir = await mkdtemp(path.join(tmpdir(), 'otas-backup-'));
});
afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

/** In these this test finds its own rows. */
const ownTables: readonly string[] = ['agent_sessions', 'audit_log'];

async function readAll(database: Database, table: string): Promise<string[]> {
  const text = `SELECT t::text AS row FROM "${table}" AS t ORDER BY 1`;
  return (await database.run<{ row: string }>({ name: `all_${table}`, text }, [])).map(({ row }) => row);
}

test('every table is either backed up or left out for a reason', async () => {
  const text = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`;
  const rows = await service.deps.database.run<{ name: string }>({ name: 'all_tables', text }, []);
  expect(rows.map(({ name }) => name)).toEqual([...backedUpTables, ...leftOutTables].sort());
});

test('every row comes back as it was, with every digit, and only into an empty database', async () => {
  const tenant = await createTenant(service);
  await addMember(service, tenant);
  await invite(service, tenant, 'new@example.com');
  await createSdkKey(service, tenant);
  const agent = await createAgent(service, tenant);
  const meta = { number: 1, text: 'é\n"\\', deep: [[{}]] };
  const request = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', agent.key);
  await request.send({ meta }).expect(200);
  const text = `{"meta": {"digits": 1e400,\n "b": 1.500, "a": 2}}`;
  const exact = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', agent.key);
  await exact.set('Content-Type', 'application/json').send(text).expect(200);
  await service.http.post(paths.deleteAgent).set(tenant.headers).send({ agent_id: agent.id }).expect(200);

  const before = new Set<string>();
  for (const name of ownTables) for (const row of await readAll(service.deps.database, name)) before.add(row);
  const url = process.env.TEST_DATABASE_URL as string;
  const manifest = await backUp(url, path.join(dir, 'one'));
  const empty = await createEmptyDatabase();
  const other = new Database({ url: empty.url, poolMax: 2, onIdleError: () => undefined });
  try {
    await restore(empty.url, path.join(dir, 'one'));
    for (const { name, rows } of manifest.tables) {
      const found = await readAll(other, name);
      expect([name, found.length]).toEqual([name, rows]);
      const here = new Set(await readAll(service.deps.database, name));
      // Others may have changed a few rows of their own since, and an eraser has perhaps taken those of the deleted agent.
      const isKnown = (row: string) => here.has(row) || before.has(row);
      if (ownTables.includes(name))
        expect(found.filter((row) => row.includes(agent.id) && !isKnown(row))).toEqual([]);
    }
    const [session] = await other.run<{ meta: string }>(
      {
        name: 'exact_meta',
        text: `SELECT meta::text AS meta FROM agent_sessions WHERE meta::text LIKE '%"digits":1e400%'`,
      },
      [],
    );
    expect(session?.meta).toBe(`{"digits":1e400,"b":1.500,"a":2}`);
    await expect(restore(empty.url, path.join(dir, 'one'))).rejects.toThrow('not empty');
    await expect(backUp(url, path.join(dir, 'one'))).rejects.toThrow('is not empty');
  } finally {
    await other.close();
    await empty.drop();
    await eraseRecords(service);
  }
});
