import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate, migrationsDir } from '../src/db/migrate';
import { createEmptyDatabase, type EmptyDatabase } from './support/empty-database';
import { startTestService } from './support/service';
import { paths } from './support/tenant';

let database: EmptyDatabase;
let dir: string;
beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.empty();
  dir = await mkdtemp(join(tmpdir(), 'uasam-migrations-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const names = async (): Promise<string[]> =>
  (await readdir(migrationsDir)).filter((name) => /^\d{14}_/.test(name)).sort();

async function schemaEngine(command: 'diff' | 'deploy'): Promise<string> {
  const program = join(__dirname, 'support', 'schema-engine.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, command, database.url]);
  return stdout.trim();
}

test('the migrations lead to exactly what schema.prisma says', async () => {
  expect(await migrate(database.url)).toEqual(await names());
  expect(await schemaEngine('diff')).toBe('-- This is an empty migration.');
  await database.query('DROP INDEX agent_keys_prefix_key');
  expect(await schemaEngine('diff')).toContain('CREATE UNIQUE INDEX "agent_keys_prefix_key"');
});

test("Prisma's own deployment finds nothing to do after ours, and ours nothing after Prisma's", async () => {
  await migrate(database.url);
  expect(await schemaEngine('deploy')).toBe('[]');
  const rows = await database.query('SELECT * FROM _prisma_migrations ORDER BY migration_name');
  expect(rows.map((row) => row.migration_name)).toEqual(await names());
  for (const row of rows) {
    const script = await readFile(join(migrationsDir, String(row.migration_name), 'migration.sql'));
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: createHash('sha256').update(script).digest('hex'),
      migration_name: row.migration_name,
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
  }

  await database.empty();
  expect(JSON.parse(await schemaEngine('deploy'))).toEqual(await names());
  expect(await migrate(database.url)).toEqual([]);
});

test('five services that start at once on a fresh database all start, and one of them migrates', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url)));
  expect(results.filter((applied) => applied.length > 0)).toEqual([await names()]);
  const rows = await database.query('SELECT count(*)::int AS count FROM _prisma_migrations');
  expect(rows).toEqual([{ count: (await names()).length }]);
});

test('an upgrade from the first schema keeps the data, and a key from before still works', async () => {
  const [first = ''] = await names();
  await cp(join(migrationsDir, first), join(dir, first), { recursive: true });
  expect(await migrate(database.url, dir)).toEqual([first]);

  const [user, project, agent, key, session] = Array.from({ length: 5 }, () => randomUUID());
  const service = await startTestService();
  const apiKey = service.deps.apiKeys.create('agent');
  await service.close();
  const insert = async (sql: string, values: unknown[]): Promise<void> =>
    void (await database.query(sql, values));
  await insert(
    `INSERT INTO users (id, first_name, middle_name, last_name, email, password_hash, created_at, updated_at)
     VALUES ($1, 'Ada', '', 'Lovelace', 'ada@example.com', 'x', now(), now())`,
    [user],
  );
  await insert(
    `INSERT INTO projects (id, name, description, domain, created_by, created_at, updated_at)
     VALUES ($1, 'Engine', '', '', $2, now(), now())`,
    [project, user],
  );
  await insert(
    `INSERT INTO agents (id, project_id, name, description, provider, created_by, created_at, updated_at)
     VALUES ($1, $2, 'Scout', '', 'acme', $3, now(), now())`,
    [agent, project, user],
  );
  await insert(
    `INSERT INTO agent_keys (id, agent_id, prefix, key_hash, name, created_at, expires_at)
     VALUES ($1, $2, $3, $4, '', now(), now() + interval '30 days')`,
    [key, agent, apiKey.prefix, Buffer.from(apiKey.hash)],
  );
  await insert(
    `INSERT INTO agent_sessions (id, agent_id, agent_key_id, created_at, meta) VALUES ($1, $2, $3, now(), $4)`,
    [session, agent, key, '{"task": "früher"}'],
  );

  const upgraded = await startTestService({ DATABASE_URL: database.url });
  try {
    const answer = await upgraded.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', apiKey.key);
    expect(answer.body.response).toMatchObject({ project_id: project, agent: { id: agent, name: 'Scout' } });
    await upgraded.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', apiKey.key).expect(200);
    const rows = await database.query('SELECT id, meta, meta_bytes FROM agent_sessions ORDER BY created_at');
    expect(rows).toEqual([
      { id: session, meta: { task: 'früher' }, meta_bytes: 19 },
      { id: expect.any(String), meta: {}, meta_bytes: 2 },
    ]);
  } finally {
    await upgraded.close();
  }
});

test('a migration that fails leaves nothing behind, and the next start applies it once it is mended', async () => {
  const write = async (name: string, sql: string): Promise<void> => {
    await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, name, 'migration.sql'), sql);
  };
  await write('20260101000000_good', 'CREATE TABLE good (id int)');
  await write('20260102000000_bad', 'CREATE TABLE bad (id int); SELECT 1 / 0;');
  await expect(migrate(database.url, dir)).rejects.toThrow('migration 20260102000000_bad failed');
  const tables = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  expect(tables).toEqual([]);
  await write('20260102000000_bad', "CREATE TABLE bad (id int); COMMENT ON TABLE bad IS 'a; b';");
  expect(await migrate(database.url, dir)).toEqual(['20260101000000_good', '20260102000000_bad']);
});

test('a database in which Prisma recorded a failed migration is not touched', async () => {
  await migrate(database.url);
  await database.query('UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(migrate(database.url)).rejects.toThrow('failed migrations');
});
