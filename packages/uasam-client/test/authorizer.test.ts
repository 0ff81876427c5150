import type { Question, UasamClient } from '../src';
import { clientOf } from './support/client';
import { agent, Upstream } from './support/upstream';

const key = 'agent_abc123_secret';
const agentId = '01990000-0000-7000-8000-000000000000';
const question: Question = {
  credential: { kind: 'agentKey', key },
  action: 'capture',
  agent: agentId,
  session: agentId,
};
const user = { kind: 'user', token: 'a.b.c', projectId: agentId.toUpperCase() } as const;

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

const write = (more: Partial<Question> = {}) =>
  client.authorizer.authorize({ ...question, ...more }, 'write');
const read = () => client.authorizer.authorize({ ...question, action: 'read' }, 'read');
const away = { code: 'auth_service_error', status: 503 };
/** One poll, which tells of these. */
const revoke = async (...ids: string[]) => {
  const revocations = ids.map((id) => ({ kind: 'session', id, at: '' }));
  upstream.answer(200, { response: { cursor: '1', is_reset: false, has_more: false, revocations } });
  await client.revocationFeed.poll();
};

test('a question is sent with the service token, as UASAM takes it', async () => {
  await write();
  expect(upstream.asked).toBe('/internal/v1/authorize/');
  expect(upstream.headers).toMatchObject({
    'x-otas-service-token': 'a service token of at least thirty-two characters',
    'content-type': 'application/json',
  });
  expect(upstream.body).toEqual({
    credential: { kind: 'agent_key', value: key },
    action: 'capture',
    agent: agentId,
    session: agentId,
  });
  await write({ credential: user, action: 'read', withMeta: true });
  expect(upstream.body).toEqual({
    credential: { kind: 'user_token', value: 'a.b.c' },
    action: 'read',
    project: agentId,
    agent: agentId,
    session: agentId,
    with_meta: true,
  });
});

test('a yes says what it is about, what it rests on and when it ends', async () => {
  upstream.allow({ expires_at: '2030-01-01T00:00:00.000000+00:00' });
  expect(await write()).toMatchObject({
    projectId: 'p',
    agent: { id: 'a', key: 'agt_a' },
    session: { id: 's', key: 'ase_s' },
    ids: ['k', 'p', 'a', 's', 'k2'],
    endsAtMs: Date.UTC(2030, 0, 1),
  });
  upstream.allow({ project: null, agent: null, session: null });
  expect(await write({ action: 'identify' })).toEqual({
    projectId: null,
    agent: null,
    session: null,
    ids: ['k'],
    endsAtMs: Infinity,
  });
});

test('every other credential, action, agent, session and project is another question', async () => {
  await write();
  for (const more of [
    { credential: { kind: 'agentKey', key: 'agent_abc123_other' } },
    { credential: { kind: 'sdkKey', key: 'otas_abc_secret' } },
    { credential: user },
    { credential: { ...user, projectId: null } },
    { action: 'read' },
    { agent: 'agt_b' },
    { session: 'ase_t' },
  ] satisfies Partial<Question>[]) {
    await write(more);
    await write(more);
  }
  expect(upstream.calls).toBe(8);
});

test('what is revoked is refused with the next question, and nothing else is asked again', async () => {
  await revoke();
  nowMs += 10;
  upstream.allow({ session: null, agent: { ...agent, id: 'b' }, principal: { kind: 'sdk_key', id: 'k3' } });
  const other = { credential: { kind: 'sdkKey', key: 'otas_abc_secret' } } as const;
  await write(other);
  const capture = () =>
    client.authorizer.getCapture('agent', key, 'token', async () => {
      const { ids, endsAtMs } = await client.authorizer.ask(question);
      return { value: { projectId: 'p', agentId: 'a', sessionId: 's' }, ids, endsAtMs };
    });
  for (const id of ['k', 'a', 's', 'k2']) {
    upstream.allow();
    await write();
    await read();
    await capture();
    await revoke('x', id);
    upstream.refuse('session_ended');
    await expect(write()).rejects.toMatchObject({ reason: 'session_ended' });
    await expect(read()).rejects.toMatchObject({ reason: 'session_ended' });
    await expect(capture()).rejects.toMatchObject({ reason: 'session_ended' });
    const { calls } = upstream;
    await write(other);
    expect(upstream.calls).toBe(calls);
  }
});

test('without revocations who lost a credential goes on for ten seconds at most, also one who asks all the time', async () => {
  for (const ask of [write, read]) {
    upstream.allow();
    await ask();
    upstream.refuse('invalid_agent_key');
    for (const endsAtMs = nowMs + 10_000; nowMs < endsAtMs; nowMs += 2_500) await ask();
    await expect(ask()).rejects.toMatchObject({ reason: 'invalid_agent_key' });
  }
});

test('a known credential goes on writing for ten minutes without UASAM, and reading for ten seconds', async () => {
  await write();
  await read();
  await upstream.stop();
  nowMs += 9_999;
  await read();
  nowMs += 1;
  await expect(read()).rejects.toMatchObject(away);
  await write();
  nowMs += 589_000;
  await write();
  nowMs += 2_000;
  await expect(write()).rejects.toMatchObject(away);
});

test('an unknown credential gets 503 and no refusal while UASAM is away or does not answer in time', async () => {
  upstream.respond = () => undefined;
  await expect(write()).rejects.toMatchObject({ code: 'auth_service_timeout', status: 503 });
  await upstream.stop();
  await expect(write()).rejects.toMatchObject(away);
});

test('while UASAM hangs, a known credential waits for it once and not at each event', async () => {
  await write();
  upstream.respond = () => undefined;
  nowMs += 10_000;
  await write();
  const { calls } = upstream;
  for (let n = 0; n < 50; n++) await write();
  expect(upstream.calls).toBe(calls);
});

test.each<[number, object | string]>([
  [401, { status_description: 'invalid_service_token' }],
  [400, { status_description: 'invalid_request' }],
  [404, { status_description: 'not_found' }],
  [429, { status_description: 'rate_limit_exceeded' }],
  [500, { status_description: 'server_error' }],
  [302, {}],
  [200, 'not JSON'],
  [200, {}],
  [200, { response: {} }],
  [200, { response: { allowed: 'true', principal: { id: 'k' } } }],
  [200, { response: { allowed: true, principal: { id: 'k' }, project: null, agent: null, session: null } }],
])('status %i with %p is a fault between the services, and lets nobody in', async (status, body) => {
  upstream.answer(status, body);
  await expect(write()).rejects.toMatchObject(away);
});

test('a no for a reason that is not known here is a no', async () => {
  await write();
  upstream.refuse('something new');
  nowMs += 10_000;
  await expect(write()).rejects.toMatchObject({ reason: 'unknown' });
});

test('a text that has not the form of its credential never reaches UASAM', async () => {
  const forms = [
    'x',
    'agent_',
    'agent_a',
    'agent__x',
    'otas_a',
    `agent_a_${'b'.repeat(320)}`,
    'agent_a_b\u0000',
  ];
  for (const text of forms) {
    const as = (credential: Question['credential']) =>
      expect(write({ credential })).rejects.toMatchObject({ name: 'AccessRefused' });
    await as({ kind: 'agentKey', key: text });
    await as({ kind: 'sdkKey', key: text });
    await as({ kind: 'user', token: text, projectId: null });
  }
  await expect(
    write({ credential: { kind: 'user', token: `a.b.${'c'.repeat(5000)}`, projectId: null } }),
  ).rejects.toMatchObject({ reason: 'invalid_token' });
  expect(upstream.calls).toBe(0);
});

test("a project that is none is told after a user's token that is none", async () => {
  const credential = { ...user, projectId: 'nonsense' };
  await expect(write({ credential })).rejects.toMatchObject({ reason: 'user_project_mapping_invalid' });
  expect(upstream.body).toEqual({ credential: { kind: 'user_token', value: 'a.b.c' }, action: 'identify' });
  upstream.refuse('invalid_token');
  await expect(write({ credential })).rejects.toMatchObject({ reason: 'invalid_token' });
});

test('an error says nothing of the credential, nor of the service token', async () => {
  await upstream.stop();
  const error = await write().catch((caught: unknown) => caught);
  const seen = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect(seen).toContain('auth_service_error');
  expect(seen).not.toContain('secret');
  expect(seen).not.toContain('service token');
});
