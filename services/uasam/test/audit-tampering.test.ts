import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from '../src/audit/audit-record';
import { auditPath, readAudit, tamper } from './support/audit';
import { createEmptyDatabase, type EmptyDatabase } from './support/empty-database';
import { startTestService, type TestService } from './support/service';
import { createAgent, createTenant, type Tenant } from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  for (let round = 0; round < 3; round++) await createAgent(service, tenant);
});
afterAll(() => service.close());

const ofTenant = (sequence: number): string =>
  `chain_id = '${tenant.projectId}'::uuid AND sequence = ${sequence}`;

async function verify(query: object = {}) {
  const answer = await service.http.get(`${auditPath}verify/`).set(tenant.headers).query(query).expect(200);
  expect(answer.body.status_description).toBe('audit_verified');
  return answer.body.response_body;
}

test('a log that nobody touched is intact, and its head is its last row', async () => {
  const [last] = await readAudit(service, tenant.headers);
  expect(await verify()).toEqual({
    project_id: tenant.projectId,
    is_intact: true,
    count: 7,
    head: { sequence: 7, hash: last?.hash },
    fault_count: 0,
    faults: [],
  });
});

test.each([
  ["UPDATE audit_log SET action = 'x'"],
  ['DELETE FROM audit_log'],
  ['DELETE FROM audit_log WHERE false'],
  ['TRUNCATE audit_log'],
])('Postgres refuses %s', async (sql) => {
  await expect(service.deps.database.prisma.$executeRawUnsafe(sql)).rejects.toThrow('append-only');
});

test.each([
  ['action', "'agent_key.created'"],
  ['principal_id', 'gen_random_uuid()'],
  ['principal_kind', "'anybody'"],
  ['project_id', 'NULL'],
  ['created_at', "created_at + interval '1 microsecond'"],
  ['address', "''"],
  ['request_id', "'x'"],
  ['target_id', 'gen_random_uuid()'],
  ['target_kind', "'user'"],
  ['before', "'null'"],
  ['after', "'{}'"],
  ['hash', "decode(repeat('00', 32), 'hex')"],
])('a row whose %s was changed is found', async (column, value) => {
  await tamper(service, `UPDATE audit_log SET ${column} = ${value} WHERE ${ofTenant(4)}`);
  const report = await verify();
  expect(report.is_intact).toBe(false);
  expect(report.faults[0]).toEqual({ sequence: 4, fault: 'changed' });
});

test('a row whose link was changed is found', async () => {
  await tamper(
    service,
    `UPDATE audit_log SET previous_hash = decode(repeat('00', 32), 'hex') WHERE ${ofTenant(4)}`,
  );
  expect((await verify()).faults).toEqual([
    { sequence: 4, fault: 'not_linked' },
    { sequence: 4, fault: 'changed' },
  ]);
});

test('a row that was changed and hashed anew does not fit the row after it', async () => {
  const [row] = await service.deps.audit.listChain(tenant.projectId, 3, 1);
  if (row === undefined) throw new Error('no row');
  const hash = hashOf({ ...row, address: '10.0.0.1' });
  await tamper(
    service,
    `UPDATE audit_log SET address = '10.0.0.1', hash = decode('${hash}', 'hex') WHERE ${ofTenant(4)}`,
  );
  expect((await verify()).faults).toEqual([{ sequence: 5, fault: 'not_linked' }]);
});

test('rows that were removed are found, also the first', async () => {
  await tamper(service, `DELETE FROM audit_log WHERE ${ofTenant(4)}`);
  expect((await verify()).faults).toEqual([{ sequence: 4, fault: 'missing' }]);
  await tamper(service, `DELETE FROM audit_log WHERE ${ofTenant(1)}`);
  expect(await verify()).toMatchObject({
    count: 5,
    fault_count: 2,
    faults: [
      { sequence: 1, fault: 'missing' },
      { sequence: 4, fault: 'missing' },
    ],
  });
});

test('rows that changed places are found', async () => {
  const move = (from: number, to: number) => `UPDATE audit_log SET sequence = ${to} WHERE ${ofTenant(from)}`;
  for (const [from, to] of [
    [3, 1000],
    [4, 3],
    [1000, 4],
  ] as const) {
    await tamper(service, move(from, to));
  }
  const { faults } = await verify();
  expect(faults).toContainEqual({ sequence: 3, fault: 'changed' });
  expect(faults).toContainEqual({ sequence: 4, fault: 'changed' });
});

test('rows that were cut off the end are found by a head that was kept', async () => {
  const { head } = await verify();
  await createAgent(service, tenant);
  expect(await verify(head)).toMatchObject({ is_intact: true, count: 9 });
  await tamper(service, `DELETE FROM audit_log WHERE chain_id = '${tenant.projectId}' AND sequence > 6`);
  expect(await verify()).toMatchObject({ is_intact: true, count: 6 });
  expect((await verify(head)).faults).toEqual([{ sequence: 7, fault: 'not_as_kept' }]);
});

test.each([[{ sequence: 1 }], [{ hash: '0'.repeat(64) }], [{ sequence: 0, hash: 'x' }]])(
  'a kept head that is none is refused (%j)',
  async (query) => {
    const answer = await service.http.get(`${auditPath}verify/`).set(tenant.headers).query(query);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
  },
);

describe('the command', () => {
  let dir: string;
  let database: EmptyDatabase;
  let own: TestService;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'uasam-audit-'));
    // It verifies the logs of all projects that are there.
    database = await createEmptyDatabase();
    own = await startTestService({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await own.close();
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    tenant = await createTenant(own);
    for (let round = 0; round < 3; round++) await createAgent(own, tenant);
  });

  const run = (args: string[], url = database.url) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const program = join(__dirname, '..', 'dist', 'bin', 'verify-audit.js');
      execFile(
        process.execPath,
        [program, ...args],
        { env: { DATABASE_URL: url } },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const ours = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find((report) => report.chainId === tenant.projectId);

  test('finds what was changed, and with its earlier output what was cut off', async () => {
    const first = await run([]);
    expect(ours(first.stdout)).toMatchObject({ rowCount: 7, faultCount: 0, head: { sequence: 7 } });
    const kept = join(dir, 'kept.ndjson');
    await writeFile(kept, `${JSON.stringify(ours(first.stdout))}\n`);
    await tamper(own, `DELETE FROM audit_log WHERE ${ofTenant(7)}`);
    const second = await run([kept]);
    expect(second.code).toBe(1);
    expect(ours(second.stdout).faults).toEqual([{ sequence: 7, fault: 'not_as_kept' }]);
    await tamper(own, `DELETE FROM audit_log WHERE chain_id = '${tenant.projectId}'`);
    expect(ours((await run([kept])).stdout)).toMatchObject({ rowCount: 0, head: null, faultCount: 1 });
  });

  test('ends with 2, and says nothing of the address, when it cannot tell', async () => {
    expect(await run([], '')).toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL') });
    const closed = await run([], 'postgresql://user:geheim@127.0.0.1:9/x');
    expect(closed.code).toBe(2);
    expect(closed.stderr).not.toContain('geheim');
  });
});
