import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type EngineProcess, startPostgres } from '@otas/embedded';
import { startStack } from '@otas/stack';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { send } from './support/http';
import { countsOf, type ImportResult, startImport } from './support/import-process';
import { addEvents, addTenant, newPrefix, type OriginalTenant } from './support/imported-tenant';
import { djangoHash, makeOriginal, type OriginalInstallation, type Row } from './support/original';
import { type Services, startServices } from './support/services';
import { minimalEvent, readSession, type Tenant } from './support/tenant';

const originalSecret = 'the secret with which the original system signed its tokens';
const secretOfOurs = 'the secret with which we sign new tokens in this test';
const eventCount = 2500;

let dir: string;
let engine: EngineProcess;
let original: OriginalInstallation;
let services: Services;
let target: pg.Client;
let tenant: OriginalTenant;
let rich: Row;
let result: ImportResult;

const runImport = (): Promise<ImportResult> => startImport('all', original.url, services.env).ended;
const rowsHere = async (sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await target.query(sql, values)).rows;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-original-'));
  engine = await startPostgres({ dir });
  original = await makeOriginal(engine.url);
  const secrets = `${secretOfOurs},${originalSecret}`;
  services = await startServices({ SESSION_TOKEN_SECRETS: secrets, USER_TOKEN_SECRETS: secrets });
  target = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await target.connect();
  tenant = await addTenant(original);
  await addEvents(original, tenant, eventCount);
  rich = await addRichEvent();
}, 120_000);
afterAll(async () => {
  await target.end();
  await services.stop();
  await original.close();
  await engine.stop();
  await rm(dir, { recursive: true, force: true });
});

const placeOf = ({ projectId, agentId, sessionId }: OriginalTenant): Row => ({
  ...{ project_id: projectId, agent_id: agentId, agent_session_id: sessionId },
});

function addRichEvent(): Promise<Row> {
  return original.add('backend_event', {
    ...placeOf(tenant),
    ...{ request_headers: '{"Accept": "*/*", "Authorization": "Bearer abc"}', request_body: 'früh 🚀' },
    ...{ query_params: 'page=1', post_data: '{"a": 1}', response_headers: 'X-Kind: a', response_body: '[]' },
    ...{ request_content_type: 'application/json', response_content_type: 'text/plain', error: 'refused' },
    ...{ custom_properties: '{"big": 12345678901234567890}', metadata: '["text", null, {"deep": true}]' },
  });
}

test('what a column or a table lacks is named, all of it, and nothing is imported', async () => {
  await original.query('ALTER TABLE agent RENAME COLUMN project_id TO belongs_to');
  await original.query('ALTER TABLE backend_event RENAME COLUMN latency_ms TO took');
  await original.query('ALTER TABLE agent_session RENAME TO sessions');
  const { code, output } = await runImport();
  await original.query('ALTER TABLE agent RENAME COLUMN belongs_to TO project_id');
  await original.query('ALTER TABLE backend_event RENAME COLUMN took TO latency_ms');
  await original.query('ALTER TABLE sessions RENAME TO agent_session');
  expect(code).toBe(1);
  expect(output).toContain('the table agent has no column project_id (or project)');
  expect(output).toContain('the table backend_event has no column latency_ms (or latency)');
  expect(output).toContain('the table agent_session is missing');
  expect(await rowsHere('SELECT 1 FROM users WHERE id = $1', [tenant.user.id])).toEqual([]);
});

describe('an installation that was imported', () => {
  let userToken: string;

  beforeAll(async () => {
    result = await runImport();
  }, 120_000);

  const readerOf = ({ projectId, agentId }: OriginalTenant, token: string): Record<string, string> => ({
    ...{ 'X-OTAS-USER-TOKEN': token, 'X-OTAS-PROJECT-ID': projectId, 'X-OTAS-AGENT-ID': agentId },
  });
  const login = (user: Row, password = 'correct horse') =>
    send('POST', `${services.uasam.url}/api/user/v1/login/`, {}, { email: user.email, password });
  const verifyKey = (key: string) =>
    send('POST', `${services.uasam.url}/api/agent/v1/auth/verify/`, { 'X-OTAS-AGENT-KEY': key }, {});

  test('has all of it, and the import says so and ends with 0', () => {
    expect([result.code, result.output]).toEqual([0, expect.stringContaining('here now')]);
    expect(countsOf(result, 'users').slice(0, 4)).toEqual([1, 1, 0, 0]);
    expect(countsOf(result, 'agent_session').slice(0, 4)).toEqual([1, 1, 0, 0]);
    expect(countsOf(result, 'backend_event').slice(0, 4)).toEqual([eventCount + 1, eventCount + 1, 0, 0]);
  });

  test('lets users in with their passwords, which are then kept as ours, and nobody with a wrong one', async () => {
    expect((await login(tenant.user, 'wrong horse')).status).toBe(401);
    const hashed = 'SELECT password_hash AS hash FROM users WHERE id = $1';
    expect(await rowsHere(hashed, [tenant.user.id])).toEqual([{ hash: tenant.user.password }]);
    expect((await login(tenant.user)).status).toBe(200);
    expect(await rowsHere(hashed, [tenant.user.id])).toEqual([
      { hash: expect.stringMatching(/^\$argon2id\$/) },
    ]);
    const again = await login(tenant.user);
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
    expect((await verifyKey(`${tenant.agentKey}x`)).status).toBe(401);
    expect((await rowsHere(kept, [tenant.agentKeyId]))[0]?.length).toBeGreaterThan(32);
    const first = await verifyKey(tenant.agentKey);
    expect([first.status, first.body.response.agent.id]).toEqual([200, tenant.agentId]);
    expect(await rowsHere(kept, [tenant.agentKeyId])).toEqual([{ length: 32 }]);
    expect((await verifyKey(tenant.agentKey)).status).toBe(200);
    expect((await verifyKey(`${tenant.agentKey}x`)).status).toBe(401);
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
    const expected = rows.map((row) => (row.event_id === rich.event_id ? { ...row, ...redacted } : row));
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
    const records = await rowsHere(
      'SELECT action, principal_kind AS kind FROM audit_log WHERE chain_id = $1 ORDER BY sequence',
      [tenant.projectId],
    );
    const actions = ['project', 'member', 'sdk_key', 'agent', 'agent_key'].map((one) => `${one}.imported`);
    expect(records).toEqual(actions.map((action) => ({ action, kind: 'service' })));
    const url = `${services.uasam.url}/api/project/v1/audit/verify/`;
    const { body } = await send('GET', url, readerOf(tenant, userToken));
    expect(body.response_body).toMatchObject({ is_intact: true, count: 5 });
  });

  test('is imported a second time without anything twice, and gets what is new since', async () => {
    const later = await addTenant(original);
    await addEvents(original, later, 10);
    const second = await runImport();
    expect(second.code).toBe(0);
    expect(countsOf(second, 'users').slice(0, 4)).toEqual([2, 1, 1, 0]);
    expect(countsOf(second, 'agent_key').slice(0, 4)).toEqual([2, 1, 1, 0]);
    expect(countsOf(second, 'backend_event').slice(0, 4)).toEqual([eventCount + 11, 10, eventCount + 1, 0]);
    expect((await login(tenant.user)).status).toBe(200);
    const { body } = await login(later.user);
    const account = await send(
      'GET',
      `${services.brain.url}/api/v1/project/capture/`,
      readerOf(later, body.response.jwt_token),
    );
    expect(account.body.response).toMatchObject({ accepted: 10, stored: 10, duplicate: 0 });
  }, 120_000);

  test('does not get back what was deleted since: an agent and a session, with their events', async () => {
    const [first, second] = [await addTenant(original), await addTenant(original)];
    for (const one of [first, second]) await addEvents(original, one, 3);
    expect((await runImport()).code).toBe(0);
    const remove = async ({ user, ...one }: OriginalTenant, gone: string): Promise<void> => {
      const { body } = await login(user);
      const reader = readerOf(one as OriginalTenant, body.response.jwt_token);
      const [path, given] = gone === 'agent' ? ['delete', 'agent_id'] : ['session/delete', 'session_id'];
      const sent = { [given as string]: gone === 'agent' ? one.agentId : one.sessionId };
      const answer = await send('POST', `${services.uasam.url}/api/agent/v1/${path}/`, reader, sent);
      expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
    };
    await remove(first, 'agent');
    await remove(second, 'session');
    const gone = async (): Promise<Row[]> =>
      rowsHere(
        `SELECT 1 FROM agents WHERE id = $1 UNION ALL SELECT 1 FROM agent_sessions WHERE id = ANY($2)`,
        [first.agentId, [first.sessionId, second.sessionId]],
      );
    while ((await gone()).length > 0) await setTimeout(100);
    const again = await runImport();
    expect(again.code).toBe(0);
    expect(await gone()).toEqual([]);
    expect(again.output).toContain('left out: the agent was deleted in this installation');
    expect(again.output).toContain('left out: the session was deleted in this installation');
    expect(again.output).toContain('6 left out: its agent or session was deleted in this installation');
    await original.query('DELETE FROM backend_event WHERE project_id = ANY($1)', [
      [first.projectId, second.projectId],
    ]);
  }, 120_000);

  test('has a key work that never did: one whose prefix holds a _; and no expired or revoked one', async () => {
    const { agentId } = tenant;
    const prefixes = [`a_${newPrefix()}`, `_b${newPrefix()}_`, newPrefix(), newPrefix(), newPrefix()];
    const keys = prefixes.map((prefix) => `agent_${prefix}_se-cr_et${randomUUID()}`);
    // The third of its secret alone.
    const hashes = keys.map((key, at) =>
      djangoHash(at === 2 ? key.slice(`agent_${prefixes[2]}_`.length) : key),
    );
    const ends = [{}, {}, {}, { expires_at: '2026-05-16T00:00:00Z' }, { active: false }];
    for (const [at, prefix] of prefixes.entries()) {
      await original.add('agent_key', { agent_id: agentId, prefix, key_hash: hashes[at], ...ends[at] });
    }
    expect((await runImport()).code).toBe(0);
    const statuses = [];
    for (const key of [...keys, ...keys]) statuses.push((await verifyKey(key)).status);
    expect(statuses).toEqual([200, 200, 200, 401, 401, 200, 200, 200, 401, 401]);
  }, 120_000);

  test('lacks what does not fit, which is reported with its reason, counted, and no failure', async () => {
    const taken = await original.add('users', {});
    const at = '2026-01-01T00:00:00Z';
    await target.query(
      `INSERT INTO users (id, first_name, middle_name, last_name, email, password_hash, created_at, updated_at)
       VALUES ($1, 'Other', '', 'One', $2, '!', $3, $3)`,
      [randomUUID(), taken.email, at],
    );
    const orphan = await original.add('project', { created_by_id: taken.id });
    const hostile = await original.add('users', {
      password: djangoHash('x').replace('$1000$', '$999999999$'),
    });
    const inactive = await original.add('users', { is_active: false });
    const nobody = await original.add('users', { email: 'no e-mail' });
    const place = placeOf(tenant);
    const noMethod = await original.add('backend_event', { ...place, method: '' });
    const tooOld = await original.add('backend_event', { ...place, event_time: '1969-12-31T23:59:59Z' });
    const noAgent = await original.add('backend_event', { ...place, agent_id: null });
    const elsewhere = await original.add('backend_event', { ...place, project_id: orphan.id });

    const third = await runImport();
    expect(third.code).toBe(0);
    const reports = (row: Row, text: string): void => {
      const id = String(row.event_id ?? row.id);
      const lines = third.output.split('\n').filter((line) => line.includes(id));
      expect([text, lines]).toEqual([text, [expect.stringContaining(text)]]);
    };
    reports(taken, '1 left out: another user has its e-mail');
    reports(orphan, '1 left out: the user who created it is not there');
    reports(hostile, '1 imported: the password is kept in another form: cannot log in');
    reports(inactive, '1 imported: is not active: cannot log in');
    reports(nobody, '1 left out: its e-mail is none');
    reports(noMethod, '1 left out: method must be a string of 1 to 20 characters');
    reports(tooOld, '1 left out: event_time is before 1970 or after 2255');
    reports(noAgent, '1 left out: agent_id is no UUID');
    reports(elsewhere, '1 left out: its project is not there');
    expect(countsOf(third, 'users').slice(1, 4)).toEqual([2, 4, 2]);
    expect(countsOf(third, 'backend_event').slice(1, 4)).toEqual([0, eventCount + 11, 4]);
    expect(third.output).not.toContain(String(taken.email));

    const old = jwt.sign({ user_id: inactive.id, email: inactive.email }, originalSecret, {
      expiresIn: '9d',
    });
    const asked = await send(
      ...(['POST', `${services.uasam.url}/api/user/v1/authenticate/`] as const),
      { 'X-OTAS-USER-TOKEN': old },
      {},
    );
    expect(asked.status).toBe(401);
    expect((await login(inactive)).status).toBe(401);
    expect((await login(hostile, 'x')).status).toBe(401);
  }, 120_000);
});

test('without databases of one’s own it goes into what npm start keeps, and into none that is in use', async () => {
  const dataDir = path.join(dir, 'data');
  await emptyPostgresDir(path.join(dataDir, 'postgres'));
  const env = { OTAS_DATA_DIR: dataDir };
  const first = await startImport('all', original.url, env).ended;
  expect([first.code, countsOf(first, 'users')[1]]).toEqual([0, countsOf(first, 'users')[4]]);
  expect(countsOf(first, 'backend_event')[1]).toBeGreaterThan(eventCount);
  const ports = { HOST: '127.0.0.1', UASAM_PORT: '0', BRAIN_PORT: '0', LOG_LEVEL: 'error' };
  const stack = await startStack({ dataDir, env: { PATH: process.env.PATH ?? '', ...ports } });
  try {
    const body = { email: tenant.user.email, password: 'correct horse' };
    expect((await send('POST', `${stack.uasam.url}/api/user/v1/login/`, {}, body)).status).toBe(200);
    const second = await startImport('all', original.url, env).ended;
    expect([second.code, second.output]).toEqual([1, expect.stringContaining('is in use by process')]);
  } finally {
    await stack.stop();
  }
}, 180_000);

test('an import that is killed in the middle, twice, goes on where it stopped, and has everything once', async () => {
  const killed = await addTenant(original);
  await addEvents(original, killed, 20_000);
  const userIds: unknown[] = [];
  for (let at = 0; at < 300; at++) userIds.push((await original.add('users', {})).id);
  const usersHere = async (): Promise<number> => {
    const rows = await rowsHere('SELECT count(*)::int AS count FROM users WHERE id = ANY($1)', [userIds]);
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
  const last = await runImport();
  expect(last.code).toBe(0);
  expect(await eventsHere()).toBe(20_000);
  expect(countsOf(last, 'users')[1]).toBe(0);
  const [imported = 0, there = 0] = countsOf(last, 'backend_event').slice(1);
  expect(imported).toBeGreaterThan(0);
  expect(imported + there).toBe(20_000 + eventCount + 11);
  const chains = await rowsHere(
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
