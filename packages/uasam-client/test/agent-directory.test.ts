import { type Credential, UasamClient } from '../src';
import { Upstream } from './support/upstream';

const keys = { agentKey: 'agt_a', sessionKey: 'ase_s' };
const sdkKey: Credential = { kind: 'sdkKey', key: 'otas_abc_secret' };
const agent = {
  id: 'a',
  agent_ref: 'agt_a',
  project_id: 'p',
  name: 'n',
  description: '',
  is_active: true,
  created_at: '2026-04-16T14:30:00.000000+00:00',
  updated_at: '2026-04-16T14:30:00.000000+00:00',
};
const session = { id: 's', session_ref: 'ase_s', created_at: '2026-04-16T14:30:00.000000+00:00', meta: {} };
const found = { response: { principal: { kind: 'user', privilege: 2 }, agent, session } };
const access = {
  principal: { kind: 'user', privilege: 2 },
  projectId: 'p',
  agentId: 'a',
  agentKey: 'agt_a',
  sessionId: 's',
  sessionKey: 'ase_s',
};

let upstream: Upstream;
let client: UasamClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  upstream = new Upstream();
  upstream.answer(200, found);
  client = new UasamClient({ url: await upstream.start(), timeoutMs: 300, nowMs: () => nowMs });
});
afterEach(async () => {
  client.close();
  await upstream.stop();
});

const resolve = (purpose: 'read' | 'write' = 'read', credential: Credential = sdkKey, more = {}) =>
  client.directory.resolveAgentSession(credential, { ...keys, ...more }, purpose);
const refuse = (status: number, description: string, more = {}): void =>
  upstream.answer(status, { status: 0, status_description: description, ...more });

test('a session is asked for once, however many want it, and then remembered', async () => {
  expect(await Promise.all([resolve(), resolve(), resolve()])).toEqual([access, access, access]);
  expect(await resolve()).toEqual(access);
  expect([upstream.calls, upstream.asked]).toEqual([
    1,
    '/api/agent/v1/access/?agent_ref=agt_a&session_ref=ase_s',
  ]);
});

test('every other key and every other credential is another question', async () => {
  const user = (token: string, projectId: string | null): Credential => ({ kind: 'user', token, projectId });
  await resolve();
  await resolve('read', sdkKey, { sessionKey: 'ase_t' });
  await resolve('read', sdkKey, { agentKey: 'agt_b' });
  await resolve('read', { kind: 'sdkKey', key: 'otas_abc_other' });
  await resolve('read', { kind: 'agentKey', key: 'agent_abc_secret' });
  await resolve('read', user('a.b.c', null));
  await resolve('read', user('a.b.c', '01a20138-9cc4-77a1-9b2d-111f3fbc3b34'));
  await resolve('read', user('a.b.c', 'nonsense'));
  expect(upstream.calls).toBe(8);
});

test('whoever lost a credential reads for ten seconds at most, with UASAM there or not', async () => {
  await resolve();
  nowMs += 10_000;
  refuse(401, 'unauthorized');
  await expect(resolve()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  upstream.answer(200, found);
  nowMs += 1_000;
  await resolve();
  await upstream.stop();
  nowMs += 9_999;
  await resolve();
  nowMs += 1;
  await expect(resolve()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
});

test('who was known goes on writing for ten minutes without UASAM, and nobody else does', async () => {
  await resolve('write');
  await upstream.stop();
  nowMs += 599_000;
  expect(await resolve('write')).toEqual(access);
  nowMs += 2_000;
  await expect(resolve('write')).rejects.toMatchObject({ status: 503 });
  await expect(resolve('write', sdkKey, { sessionKey: 'ase_t' })).rejects.toMatchObject({ status: 503 });
});

test.each([
  [401, 'unauthorized'],
  [403, 'forbidden'],
])('%i %s is remembered for a second', async (status, code) => {
  refuse(status, code);
  for (let n = 0; n < 3; n++) await expect(resolve()).rejects.toMatchObject({ code, status });
  expect(upstream.calls).toBe(1);
  upstream.answer(200, found);
  nowMs += 1_000;
  expect(await resolve()).toEqual(access);
});

test.each([
  ['agent_not_found', 'agt_a'],
  ['session_not_found', 'ase_s'],
])('404 %s names the key and is not remembered: what is made meanwhile is found', async (code, id) => {
  refuse(404, code);
  await expect(resolve()).rejects.toMatchObject({ code, status: 404, payload: { id } });
  upstream.answer(200, found);
  expect(await resolve()).toEqual(access);
});

test('a refusal of the question comes through with our names of what is wrong', async () => {
  refuse(400, 'invalid_request', { errors: [{ field: 'agent_ref', message: 'is two' }] });
  await expect(resolve()).rejects.toMatchObject({
    code: 'invalid_request',
    payload: { errors: [{ field: 'agent_key', message: 'is two' }] },
  });
  refuse(400, 'invalid_cursor');
  await expect(client.directory.listAgents(sdkKey, { limit: 1, pageKey: 'x' })).rejects.toMatchObject({
    code: 'invalid_request',
    payload: { errors: [{ field: 'page_key', message: expect.any(String) }] },
  });
  expect(upstream.asked).toBe('/api/agent/v1/access/agents/?limit=1&cursor=x');
});

test.each<[number, object | string]>([
  [200, 'not JSON'],
  [200, {}],
  [200, { response: {} }],
  [200, { response: { ...found.response, principal: { kind: 'stranger' } } }],
  [200, { response: { ...found.response, agent: { id: 'a' } } }],
  [200, { response: { ...found.response, session: null } }],
  // A UASAM of the version before does not know the path; nobody's session is missing because of that.
  [404, { status_description: 'not_found' }],
  [405, { status_description: 'method_not_allowed' }],
  [429, { status_description: 'rate_limit_exceeded' }],
  [500, { status_description: 'server_error' }],
])('status %i with %p is a fault between the services', async (status, body) => {
  upstream.answer(status, body);
  await expect(resolve()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
});

test.each<Credential>([
  { kind: 'sdkKey', key: 'otas_abc' },
  { kind: 'sdkKey', key: 'otas_abc_d\r\nX-Evil: 1' },
  { kind: 'agentKey', key: 'agent__x' },
  { kind: 'user', token: '', projectId: null },
  { kind: 'user', token: 'a.b', projectId: null },
  { kind: 'user', token: `a.b.${'c'.repeat(5000)}`, projectId: null },
])('%j never reaches UASAM', async (credential) => {
  await expect(resolve('read', credential)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(client.directory.verifyCredential(credential)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(client.directory.getAgent(credential, 'agt_a')).rejects.toMatchObject({
    code: 'unauthorized',
  });
  expect(upstream.calls).toBe(0);
});

test('a credential is verified without a session, and an error says nothing of it', async () => {
  upstream.answer(200, {
    response: { principal: { kind: 'sdk_key', privilege: null }, agent: null, session: null },
  });
  await client.directory.verifyCredential(sdkKey);
  expect(upstream.asked).toBe('/api/agent/v1/access/');
  await upstream.stop();
  const error = await resolve().catch((caught: unknown) => caught);
  const seen = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect(seen).toContain('auth_service_error');
  expect(seen).not.toContain('secret');
});

test('a page of sessions keeps every digit of their metadata', async () => {
  const list = { agent, sessions: [{ ...session, meta: 'META' }], total_count: 1, next_cursor: 'next' };
  upstream.answer(200, JSON.stringify({ response: list }).replace('"META"', '{"n":12345678901234567890}'));
  const page = await client.directory.listSessions(sdkKey, 'agt_a', { limit: 2, pageKey: null });
  expect(page).toMatchObject({
    sessions: [{ id: 's', key: 'ase_s', agentKey: 'agt_a', createdAt: 1_776_349_800_000_000 }],
    totalCount: 1,
    nextPageKey: 'next',
  });
  expect(page.sessions[0]?.metaText).toBe('{"n":12345678901234567890}');
  expect(upstream.asked).toBe('/api/agent/v1/access/sessions/?agent_ref=agt_a&limit=2');
});
