import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import jwt from 'jsonwebtoken';
import { send } from './support/http';
import { countsOf, type ImportResult, startImport } from './support/import-process';
import {
  eventCount,
  type ImportWorld,
  originalSecret,
  readerOf,
  startImportWorld,
} from './support/import-world';
import { addEvents, addTenant, type OriginalTenant } from './support/imported-tenant';
import type { OriginalInstallation } from './support/original';
import type { Services } from './support/services';
import { minimalEvent, readSession, type Tenant } from './support/tenant';

let world: ImportWorld;
let original: OriginalInstallation;
let services: Services;
let tenant: OriginalTenant;
beforeAll(async () => {
  world = await startImportWorld();
  ({ original, services, tenant } = world);
}, 120_000);
afterAll(() => world.stop());

test('what a column or a table lacks is named, all of it, and nothing is imported', async () => {
  await original.query('ALTER TABLE agent RENAME COLUMN project_id TO belongs_to');
  await original.query('ALTER TABLE backend_event RENAME COLUMN latency_ms TO took');
  await original.query('ALTER TABLE agent_session RENAME TO sessions');
  const { code, output } = await world.runImport();
  await original.query('ALTER TABLE agent RENAME COLUMN belongs_to TO project_id');
  await original.query('ALTER TABLE backend_event RENAME COLUMN took TO latency_ms');
  await original.query('ALTER TABLE sessions RENAME TO agent_session');
  expect(code).toBe(1);
  expect(output).toContain('the table agent has no column project_id (or project)');
  expect(output).toContain('the table backend_event has no column latency_ms (or latency)');
  expect(output).toContain('the table agent_session is missing');
  expect(await world.rowsHere('SELECT 1 FROM users WHERE id = $1', [tenant.user.id])).toEqual([]);
});

describe('an installation that was imported', () => {
  let result: ImportResult;
  let userToken: string;

  beforeAll(async () => {
    result = await world.runImport();
  }, 120_000);

  test('has all of it, and the import says so and ends with 0', () => {
    expect([result.code, result.output]).toEqual([0, expect.stringContaining('here now')]);
    expect(countsOf(result, 'users').slice(0, 4)).toEqual([1, 1, 0, 0]);
    expect(countsOf(result, 'agent_session').slice(0, 4)).toEqual([1, 1, 0, 0]);
    expect(countsOf(result, 'backend_event').slice(0, 4)).toEqual([eventCount + 1, eventCount + 1, 0, 0]);
  });

  test('lets users in with their passwords, which are then kept as ours, and nobody with a wrong one', async () => {
    expect((await world.login(tenant.user, 'wrong horse')).status).toBe(401);
    const hashed = 'SELECT password_hash AS hash FROM users WHERE id = $1';
    expect(await world.rowsHere(hashed, [tenant.user.id])).toEqual([{ hash: tenant.user.password }]);
    expect((await world.login(tenant.user)).status).toBe(200);
    expect(await world.rowsHere(hashed, [tenant.user.id])).toEqual([
      { hash: expect.stringMatching(/^\$argon2id\$/) },
    ]);
    const again = await world.login(tenant.user);
    expect(again.status).toBe(200);
    userToken = again.body.response.jwt_token;
  });

  test('takes user tokens of the original system under the same secret', async () => {
    const claims = { user_id: tenant.user.id, email: tenant.user.email };
    const token = jwt.sign(claims, originalSecret, { expiresIn: '30d' });
    const url = `${services.uasam.url}/api/user/v1/authenticate/`;
    const answer = await send('POST', url, { 'X-OTAS-USER-TOKEN': token }, {});
    expect([answer.status, answer.body.response_body.user.id]).toEqual([200, tenant.user.id]);
  });

  test('takes agent keys, once by the old hash and then by ours, and no key that only begins the same', async () => {
    const kept = 'SELECT length(key_hash) AS length FROM agent_keys WHERE id = $1';
    expect((await world.verifyKey(`${tenant.agentKey}x`)).status).toBe(401);
    expect((await world.rowsHere(kept, [tenant.agentKeyId]))[0]?.length).toBeGreaterThan(32);
    const first = await world.verifyKey(tenant.agentKey);
    expect([first.status, first.body.response.agent.id]).toEqual([200, tenant.agentId]);
    expect(await world.rowsHere(kept, [tenant.agentKeyId])).toEqual([{ length: 32 }]);
    expect((await world.verifyKey(tenant.agentKey)).status).toBe(200);
    expect((await world.verifyKey(`${tenant.agentKey}x`)).status).toBe(401);
  });

  test('logs events with SDK keys and session tokens of the original system, and counts them in the account', async () => {
    const claims = { agent_session_id: tenant.sessionId, agent_id: tenant.agentId };
    const token = jwt.sign(claims, originalSecret, { expiresIn: '29d' });
    const account = () =>
      send('GET', `${services.brain.url}/api/v1/project/capture/`, readerOf(tenant, userToken));
    expect((await account()).body.response).toMatchObject({ accepted: eventCount + 1, duplicate: 0 });
    const headers = { 'X-OTAS-SDK-KEY': tenant.sdkKey, 'X-OTAS-AGENT-SESSION-TOKEN': token };
    const url = `${services.brain.url}/api/v1/backend/log/sdk/`;
    const body = { ...minimalEvent(tenant), event_id: randomUUID() };
    for (let times = 0; times < 3; times++) expect((await send('POST', url, headers, body)).status).toBe(201);
    expect((await account()).body.response).toMatchObject({
      accepted: eventCount + 2,
      duplicate: 2,
      dead: 0,
    });
  });

  test('reads every event back as it was, in order, but for the credential in it', async () => {
    const reader = readerOf(tenant, userToken);
    const events = (await readSession(services, { ...tenant, reader } as unknown as Tenant)).slice(0, -1);
    const rows = await original.query(
      `SELECT *, to_char(event_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS event_time,
              to_char(event_time AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS event_date,
              to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS created_at,
              request_size_bytes::int, response_size_bytes::int
         FROM backend_event WHERE agent_session_id = $1 ORDER BY backend_event.event_time, event_id`,
      [tenant.sessionId],
    );
    expect(events).toHaveLength(eventCount + 1);
    const redacted = { request_headers: '{"Accept":"*/*","Authorization":"[REDACTED]"}' };
    const expected = rows.map((row) =>
      row.event_id === world.rich.event_id ? { ...row, ...redacted } : row,
    );
    expect(events).toEqual(expected);
    const url = `${services.brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}&limit=500`;
    const last = await send('GET', `${url}&cursor=${await lastCursor(url, reader)}`, reader);
    expect(last.text).toContain('"custom_properties":{"big":12345678901234567890}');
  });

  async function lastCursor(url: string, reader: Record<string, string>): Promise<string> {
    let cursor = '';
    for (;;) {
      const { body } = await send('GET', `${url}${cursor === '' ? '' : `&cursor=${cursor}`}`, reader);
      if (body.next_cursor === undefined || body.events.length < 500) return cursor;
      cursor = body.next_cursor;
    }
  }

  test('tells of the import in the audit log of the project, first of all, and the chain is intact', async () => {
    const records = await world.rowsHere(
      'SELECT action, principal_kind AS kind FROM audit_log WHERE chain_id = $1 ORDER BY sequence',
      [tenant.projectId],
    );
    const actions = ['project', 'member', 'sdk_key', 'agent', 'agent_key'].map((one) => `${one}.imported`);
    expect(records).toEqual(actions.map((action) => ({ action, kind: 'service' })));
    const url = `${services.uasam.url}/api/project/v1/audit/verify/`;
    const { body } = await send('GET', url, readerOf(tenant, userToken));
    expect(body.response_body).toMatchObject({ is_intact: true, count: 5 });
  });
});

test('an import that is killed in the middle, twice, goes on where it stopped, and has everything once', async () => {
  const killed = await addTenant(original);
  await addEvents(original, killed, 20_000);
  const userIds: unknown[] = [];
  for (let at = 0; at < 300; at++) userIds.push((await original.add('users', {})).id);
  const usersHere = async (): Promise<number> => {
    const rows = await world.rowsHere('SELECT count(*)::int AS count FROM users WHERE id = ANY($1)', [
      userIds,
    ]);
    return Number(rows[0]?.count);
  };
  const eventsHere = async (): Promise<number> => {
    const sql = `SELECT count() FROM otas_e2e.backend_events WHERE project_id = '${killed.projectId}'`;
    const answer = await fetch(process.env.TEST_CLICKHOUSE_URL ?? '', { method: 'POST', body: sql });
    return Number(await answer.text());
  };
  await killWhen('uasam', async () => (await usersHere()) >= 20);
  const between = await usersHere();
  expect(between).toBeLessThan(300);
  expect((await startImport('uasam', original.url, services.env).ended).code).toBe(0);
  expect(await usersHere()).toBe(300);

  await killWhen('brain', async () => (await eventsHere()) > 0);
  expect(await eventsHere()).toBeLessThan(20_000);
  const last = await world.runImport();
  expect(last.code).toBe(0);
  expect(await eventsHere()).toBe(20_000);
  expect(countsOf(last, 'users')[1]).toBe(0);
  const [imported = 0, there = 0] = countsOf(last, 'backend_event').slice(1);
  expect(imported).toBeGreaterThan(0);
  expect(imported + there).toBe(20_000 + eventCount + 1);
  const chains = await world.rowsHere(
    `SELECT count(*)::int AS count FROM audit_log WHERE action = 'user.imported' AND target_id = ANY($1)`,
    [userIds],
  );
  expect(chains).toEqual([{ count: 300 }]);
}, 300_000);

async function killWhen(program: 'uasam' | 'brain', isTime: () => Promise<boolean>): Promise<void> {
  const { child, ended } = startImport(program, original.url, services.env);
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!hasEnded && !(await isTime())) await setImmediate();
  child.kill('SIGKILL');
  expect((await ended).code).toBeNull();
}
