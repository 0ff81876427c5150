import type { Credential, UasamClient } from '../src';
import { clientOf } from './support/client';
import { agent, allowed, session, Upstream } from './support/upstream';

const keys = { agentKey: 'agt_a', sessionKey: 'ase_s' };
const sdkKey: Credential = { kind: 'sdkKey', key: 'otas_abc_secret' };
const access = { projectId: 'p', agentId: 'a', agentKey: 'agt_a', sessionId: 's', sessionKey: 'ase_s' };

let upstream: Upstream;
let client: UasamClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  upstream = new Upstream();
  upstream.allow();
  client = clientOf(await upstream.start(), () => nowMs);
});
afterEach(async () => {
  client.close();
  await upstream.stop();
});

type Action = 'read' | 'edit' | 'capture';
const resolve = (action: Action = 'read', credential: Credential = sdkKey) =>
  client.directory.authorizeSession(credential, keys, action);

test('a session is asked for once, however many want it, and then remembered', async () => {
  expect(await Promise.all([resolve(), resolve(), resolve()])).toEqual([access, access, access]);
  expect(await resolve()).toEqual(access);
  expect(upstream.calls).toBe(1);
  expect(upstream.body).toEqual({
    credential: { kind: 'sdk_key', value: 'otas_abc_secret' },
    action: 'read',
    agent: 'agt_a',
    session: 'ase_s',
  });
});

test('what may be read may not be changed or recorded because of that', async () => {
  await resolve();
  upstream.refuse('forbidden');
  await expect(resolve('edit')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(resolve('capture')).rejects.toMatchObject({ code: 'forbidden' });
  expect(await resolve()).toEqual(access);
});

test('who was known goes on recording for ten minutes without UASAM, and neither reads nor changes anything', async () => {
  for (const action of ['capture', 'read', 'edit'] as const) await resolve(action);
  await upstream.stop();
  nowMs += 599_000;
  expect(await resolve('capture')).toEqual(access);
  for (const action of ['read', 'edit'] as const) {
    await expect(resolve(action)).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
  }
  nowMs += 2_000;
  await expect(resolve('capture')).rejects.toMatchObject({ status: 503 });
});

test.each([
  ['invalid_sdk_key', 401, 'unauthorized'],
  ['invalid_agent_key', 401, 'unauthorized'],
  ['invalid_token', 401, 'unauthorized'],
  ['user_project_mapping_invalid', 403, 'forbidden'],
  ['forbidden', 403, 'forbidden'],
  ['insufficient_scope', 403, 'forbidden'],
])('%s is %i %s, and remembered for a second', async (reason, status, code) => {
  upstream.refuse(reason);
  for (let n = 0; n < 3; n++) await expect(resolve()).rejects.toMatchObject({ code, status });
  expect(upstream.calls).toBe(1);
  upstream.allow();
  nowMs += 1_000;
  expect(await resolve()).toEqual(access);
});

test('a session that has ended ends its token, and changes nothing else', async () => {
  upstream.refuse('session_ended');
  await expect(resolve('capture')).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  await expect(resolve('edit')).rejects.toMatchObject({ code: 'forbidden', status: 403 });
});

test.each([
  ['agent_not_found', 'agt_a'],
  ['session_not_found', 'ase_s'],
])('404 %s names the key and is not remembered: what is made meanwhile is found', async (code, id) => {
  upstream.refuse(code);
  await expect(resolve()).rejects.toMatchObject({ code, status: 404, payload: { id } });
  upstream.allow();
  expect(await resolve()).toEqual(access);
});

test('an ambiguous key, and a page key of another list, are named as the client knows them', async () => {
  upstream.refuse('invalid_request');
  const named = (field: string) => ({
    code: 'invalid_request',
    payload: { errors: [{ field, message: expect.any(String) }] },
  });
  await expect(resolve()).rejects.toMatchObject(named('agent_key'));
  const user: Credential = { kind: 'user', token: 'a.b.c', projectId: 'nonsense' };
  upstream.answer(400, { status_description: 'invalid_request' });
  const page = { limit: 1, pageKey: 'x' };
  await expect(client.directory.listSessions(user, 'agt_a', page)).rejects.toMatchObject(named('agent_key'));
  upstream.answer(400, { status_description: 'invalid_cursor' });
  await expect(client.directory.listAgents(user, page)).rejects.toMatchObject(named('page_key'));
  expect(upstream.asked).toBe('/api/agent/v1/access/agents/?limit=1&cursor=x');
  expect(upstream.headers).toMatchObject({ 'x-otas-user-token': 'a.b.c', 'x-otas-project-id': 'none' });
  expect(upstream.headers).not.toHaveProperty('x-otas-service-token');
});

test.each<object>([{ agent: null }, { session: null }, { agent: { id: 'a' } }, { session: { id: 's' } }])(
  'a yes with %j is a fault between the services',
  async (more) => {
    upstream.allow(more);
    await expect(resolve()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
  },
);

test.each<Credential>([
  { kind: 'sdkKey', key: 'otas_abc' },
  { kind: 'sdkKey', key: 'otas_abc_d\r\nX-Evil: 1' },
  { kind: 'agentKey', key: 'agent__x' },
  { kind: 'user', token: '', projectId: null },
  { kind: 'user', token: 'a.b', projectId: null },
  { kind: 'user', token: `a.b.${'c'.repeat(5000)}`, projectId: null },
])('%j never reaches UASAM', async (credential) => {
  const { directory } = client;
  const refused = { code: 'unauthorized' };
  await expect(resolve('read', credential)).rejects.toMatchObject(refused);
  await expect(directory.verifyCredential(credential)).rejects.toMatchObject(refused);
  await expect(directory.getAgent(credential, 'agt_a')).rejects.toMatchObject(refused);
  await expect(directory.listAgents(credential, { limit: 1, pageKey: null })).rejects.toMatchObject(refused);
  expect(upstream.calls).toBe(0);
});

test('a credential is verified without a session or a project', async () => {
  upstream.allow({ agent: null, session: null, project: null });
  await client.directory.verifyCredential({ kind: 'user', token: 'a.b.c', projectId: 'nonsense' });
  expect(upstream.body).toEqual({ credential: { kind: 'user_token', value: 'a.b.c' }, action: 'identify' });
});

test('an agent and a session are asked for each time, and keep every digit of their metadata', async () => {
  await client.directory.getAgent(sdkKey, 'agt_a');
  expect(await client.directory.getAgent(sdkKey, 'agt_a')).toMatchObject({ key: 'agt_a', name: 'n' });
  expect(upstream.calls).toBe(2);
  const answer = JSON.stringify({ response: { ...allowed, session: { ...session, meta: 'META' } } });
  upstream.answer(200, answer.replace('"META"', '{"n":12345678901234567890}'));
  const found = await client.directory.getSession(sdkKey, keys);
  expect(upstream.body).toMatchObject({ agent: 'agt_a', session: 'ase_s', with_meta: true });
  expect(found.metaText).toBe('{"n":12345678901234567890}');
});

test('a page of sessions keeps every digit of their metadata, and is for keys that may read', async () => {
  const list = { agent, sessions: [{ ...session, meta: 'META' }], total_count: 1, next_cursor: 'next' };
  const text = JSON.stringify({ response: list }).replace('"META"', '{"n":12345678901234567890}');
  upstream.answer(200, text);
  const page = { limit: 2, pageKey: null };
  const found = await client.directory.listSessions(sdkKey, 'agt_a', page);
  expect(found).toMatchObject({
    sessions: [{ id: 's', key: 'ase_s', agentKey: 'agt_a', createdAt: 1_776_349_800_000_000 }],
    totalCount: 1,
    nextPageKey: 'next',
  });
  expect(found.sessions[0]?.metaText).toBe('{"n":12345678901234567890}');
  expect(upstream.asked).toBe('/api/agent/v1/access/sessions/?limit=2&agent_ref=agt_a');
  upstream.answer(403, { status_description: 'insufficient_scope' });
  await expect(client.directory.listSessions(sdkKey, 'agt_a', page)).rejects.toMatchObject({
    code: 'forbidden',
  });
});
