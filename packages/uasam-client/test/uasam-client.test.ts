import { ReadRefused, UasamClient } from '../src';
import { Upstream } from './support/upstream';

const key = 'agent_abc123_secret';
const owner = { response: { project_id: 'p', agent: { id: 'a' } } };
let upstream: Upstream;
let client: UasamClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  upstream = new Upstream();
  upstream.answer(200, owner);
  client = new UasamClient({ url: await upstream.start(), timeoutMs: 300, nowMs: () => nowMs });
});

afterEach(async () => {
  client.close();
  await upstream.stop();
});

const ask = async () => client.findAgentKeyOwner(key);

test('an answer is asked for once and then remembered', async () => {
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers).toEqual(Array(3).fill({ projectId: 'p', agentId: 'a' }));
  expect(await ask()).toEqual({ projectId: 'p', agentId: 'a' });
  expect(upstream.calls).toBe(1);
});

test('a revoked key stops writing within ten seconds, also when it is used all the time', async () => {
  await ask();
  upstream.answer(401, { status_description: 'invalid_agent_key' });
  const startMs = nowMs;
  while ((await ask()) !== null) {
    nowMs += 500;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(nowMs - startMs).toBeLessThanOrEqual(10_000);
  }
});

test('a revoked key that was not used for a while does not write once more', async () => {
  await ask();
  upstream.answer(401, { status_description: 'invalid_agent_key' });
  nowMs += 10_000;
  expect(await ask()).toBeNull();
});

test('a known key goes on writing for ten minutes without UASAM, and then no longer', async () => {
  await ask();
  await upstream.stop();
  nowMs += 10_000;
  expect(await ask()).toEqual({ projectId: 'p', agentId: 'a' });
  nowMs += 589_000;
  expect(await ask()).toEqual({ projectId: 'p', agentId: 'a' });
  nowMs += 2_000;
  await expect(ask()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
});

test('while UASAM hangs, a known key waits for it once and not at each event', async () => {
  await ask();
  upstream.respond = () => undefined;
  nowMs += 10_000;
  await ask();
  const before = performance.now();
  for (let i = 0; i < 50; i++) await ask();
  expect(performance.now() - before).toBeLessThan(250);
});

test('an unknown key gets 503 and not 401 while UASAM is away', async () => {
  await upstream.stop();
  await expect(ask()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
});

test('an unknown key gets 503 when UASAM does not answer in time', async () => {
  upstream.respond = () => undefined;
  await expect(ask()).rejects.toMatchObject({ code: 'auth_service_timeout', status: 503 });
});

test.each([
  [500, { status_description: 'server_error' }],
  [503, { status_description: 'database_unavailable' }],
  [429, { status_description: 'rate_limit_exceeded' }],
  [200, 'not JSON'],
  [200, { response: {} }],
  [302, {}],
  [404, { status_description: 'not_found' }],
])('status %i with %p is a fault of the server, not of the key', async (status, body) => {
  upstream.answer(status, body);
  await expect(ask()).rejects.toMatchObject({ code: 'auth_service_error', status: 503 });
});

test('a refused key is not remembered, so that it works as soon as UASAM knows it', async () => {
  upstream.answer(401, { status_description: 'invalid_agent_key' });
  expect(await ask()).toBeNull();
  upstream.answer(200, owner);
  expect(await ask()).toEqual({ projectId: 'p', agentId: 'a' });
});

test('a text that has not the form of a key never reaches UASAM', async () => {
  for (const text of [
    'x',
    'agent_',
    'agent_a',
    'otas_a_b',
    `agent_a_${'b'.repeat(300)}`,
    'agent_a_b\u0000',
  ]) {
    expect(await client.findAgentKeyOwner(text)).toBeNull();
  }
  expect(upstream.calls).toBe(0);
});

test('an error says nothing of the credential', async () => {
  await upstream.stop();
  const error = await Promise.resolve(ask()).catch((caught: unknown) => caught);
  const seen = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect(seen).toContain('auth_service_error');
  expect(seen).not.toContain('secret');
});

const reader = { userToken: 't', projectId: 'p', agentId: 'a' };

test("a refusal of a reader comes through with UASAM's status and body", async () => {
  upstream.answer(403, { status: 0, status_description: 'user_project_mapping_invalid' });
  const error = await client.authorizeRead(reader).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ReadRefused);
  expect(error).toMatchObject({ status: 403, body: { status_description: 'user_project_mapping_invalid' } });
});

test('nobody reads for longer than ten seconds after UASAM said so, whether it is there or not', async () => {
  upstream.answer(200, { status: 1 });
  await client.authorizeRead(reader);
  await upstream.stop();
  nowMs += 9_999;
  await client.authorizeRead(reader);
  nowMs += 1;
  await expect(client.authorizeRead(reader)).rejects.toMatchObject({ status: 503 });
});

test('whether an SDK key reaches an agent is remembered for ten seconds, and a refusal not at all', async () => {
  const agentId = '01990000-0000-7000-8000-000000000000';
  const isReached = async (id = agentId) => client.isAgentOfSdkKey('otas_abc123_secret', id);
  upstream.answer(200, {});
  expect([await isReached(), await isReached()]).toEqual([true, true]);
  expect(upstream.calls).toBe(1);
  for (const status of [401, 403, 404]) {
    upstream.answer(status, {});
    nowMs += 10_000;
    expect([await isReached(), await isReached()]).toEqual([false, false]);
    upstream.answer(200, {});
    expect(await isReached()).toBe(true);
  }
  upstream.answer(404, {});
  expect(await isReached('01990000-0000-7000-8000-000000000001')).toBe(false);
  expect(await isReached()).toBe(true);
  expect(await client.isAgentOfSdkKey('x', agentId)).toBe(false);
  await upstream.stop();
  nowMs += 10_000;
  expect(await isReached()).toBe(true);
  await expect(isReached('01990000-0000-7000-8000-000000000002')).rejects.toMatchObject({ status: 503 });
});
