import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRecorder, createSession, newStamp, type Session, type SessionOptions } from '@otas/sdk';
import { type ServiceProcess, startService } from '@otas/stack';
import { findFreePort } from '../../../test/find-free-port';
import { agentEventClient } from '../../e2e/test/support/agent-event-client';
import { type Services, startServices } from '../../e2e/test/support/services';
import { makeTenant, readSession, type Tenant } from '../../e2e/test/support/tenant';
import { startAgent } from './support/agent-process';
import { runProgram } from './support/run-program';
import { startTargetServer } from './support/target-server';
import { until } from './support/until';

let services: Services;
let brain: ServiceProcess;
let tenant: Tenant;
let dir: string;

beforeAll(async () => {
  services = await startServices({ BRAIN_PORT: String(await findFreePort()) });
  brain = services.brain;
  tenant = await makeTenant(services);
  dir = await mkdtemp(path.join(tmpdir(), 'otas-sdk-'));
});
afterAll(async () => {
  await brain.stop();
  await services.stop();
  await rm(dir, { recursive: true, force: true });
});

const begin = (more: SessionOptions = {}): Promise<Session> =>
  createSession({
    agentKey: tenant.agentKey,
    uasamUrl: services.uasam.url,
    brainUrl: brain.url,
    flushIntervalMs: 50,
    retryMinMs: 50,
    retryMaxMs: 200,
    ...more,
  });
const paths = async (sessionId: string): Promise<string[]> =>
  (await readSession({ brain }, { ...tenant, sessionId })).map(({ path }) => path);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `/${at}`);
const call = (path: string) => ({ path, method: 'GET', status_code: 200, latency_ms: 1 });
const agentEnv = () => ({
  OTAS_AGENT_KEY: tenant.agentKey,
  OTAS_UASAM_URL: services.uasam.url,
  OTAS_BRAIN_URL: brain.url,
});

test('1,000 calls at once are in the record once each, in their order', async () => {
  const session = await begin();
  for (const path of numbered(1000)) session.log(call(path));
  expect(await session.end()).toBe(true);
  expect(await paths(session.id)).toEqual(numbered(1000));
  expect(session.stats()).toMatchObject({
    recorded: 1000,
    sent: 1000,
    pending: 0,
    dropped: {},
    rejected: {},
  });
});

test('a session has its ids, and is over after end(): what comes later is dropped and counted', async () => {
  const session = await begin({ meta: { task: 'tidy' } });
  expect([session.agentId, session.projectId]).toEqual([tenant.agentId, tenant.projectId]);
  expect(await session.ready).toBe(true);
  expect(await session.end()).toBe(true);
  session.log(call('/late'));
  expect(session.stats()).toMatchObject({ recorded: 1, dropped: { session_ended: 1 }, pending: 0 });
  const answer = await fetch(
    `${services.uasam.url}/api/agent/v1/sessions/list/?agent_id=${tenant.agentId}&meta.task=tidy`,
    { headers: tenant.reader },
  );
  const { response } = (await answer.json()) as { response: { sessions: { id: string; status: string }[] } };
  expect(response.sessions).toEqual([expect.objectContaining({ id: session.id, status: 'ended' })]);
});

test('while Brain is killed and started anew nothing is lost, nothing waits for it, and the order stays', async () => {
  const session = await begin();
  const port = new URL(brain.url).port;
  for (const path of numbered(300)) session.log(call(path));
  await until(true, () => session.stats().sent > 0);
  await brain.kill();
  for (const path of numbered(600).slice(300)) session.log(call(path));
  expect(session.stats().pending).toBeGreaterThanOrEqual(300);
  await until(true, () => session.stats().retries > 1);
  await startBrain(port);
  expect(await session.flush(60_000)).toBe(true);
  expect(await paths(session.id)).toEqual(numbered(600));
  expect(session.stats()).toMatchObject({ recorded: 600, sent: 600, dropped: {}, rejected: {} });
});

test('agent events and tools are in the record in their order, with input, output, error and duration', async () => {
  const session = await begin();
  const client = agentEventClient(
    () => ({ brain }),
    () => ({ ...tenant, sessionId: session.id }),
  );
  const id = session.event({ type: 'input_message', messages: [{ type: 'text', content: 'hello' }] });
  const add = session.tool('add', async ({ a, b }: { a: number; b: number }) => a + b);
  const fail = session.tool('fail', () => {
    throw new TypeError('no');
  });
  expect(await add({ a: 1, b: 2 })).toBe(3);
  expect(() => fail()).toThrow(new TypeError('no'));
  expect(await session.flush()).toBe(true);
  const events = await client.readAll();
  expect(events.map(({ type }) => type)).toEqual([
    ...['input_message', 'tool_input', 'tool_output', 'tool_input', 'tool_output'],
  ]);
  expect(events[0]?.id).toBe(id);
  expect(events[1]).toMatchObject({ tool_name: 'add', tool_input: { a: 1, b: 2 } });
  expect(events[2]).toMatchObject({
    tool_output: { value: 3 },
    error: false,
    duration_ms: expect.any(Number),
  });
  expect(events[2]?.tool_call_id).toBe(events[1]?.tool_call_id);
  expect(events[4]).toMatchObject({
    error: true,
    tool_output: { error: { name: 'TypeError', message: 'no' } },
  });
});

test('what Brain refuses is counted with its code, and never sent again; the rest of its batch is kept', async () => {
  const session = await begin({ flushIntervalMs: 600_000 });
  session.log(call('/good'));
  session.log({ ...call('/bad'), status_code: -1 });
  session.event({ type: 'thinking', content: 'good' });
  session.event({ type: 'agent_output' } as never);
  session.event({ type: 'thinking', content: 'good too' });
  expect(await session.flush()).toBe(true);
  expect(session.stats()).toMatchObject({
    sent: 3,
    rejected: { invalid_request: 2 },
    retries: 0,
    pending: 0,
  });
  expect(await paths(session.id)).toEqual(['/good']);
});

test('credentials are replaced before anything leaves the process', async () => {
  const session = await begin();
  const secret = `sk-${'x'.repeat(30)}`;
  session.log({
    ...call('/a'),
    request_headers: { Authorization: 'Bearer hunter2', accept: 'text/plain', 'X-OTAS-AGENT-KEY': 'k' },
    query_params: 'q=1&access_token=hunter2',
    request_body: { key: secret },
    metadata: { note: secret },
  });
  expect(await session.flush()).toBe(true);
  const [stored] = await readSession({ brain }, { ...tenant, sessionId: session.id });
  expect(JSON.parse(stored.request_headers)).toEqual({
    Authorization: '[REDACTED]',
    accept: 'text/plain',
    'X-OTAS-AGENT-KEY': '[REDACTED]',
  });
  expect(stored.query_params).toBe('q=1&access_token=[REDACTED]');
  expect(stored.request_body).toBe('{"key":"[REDACTED]"}');
  expect(stored.metadata).toEqual({ note: '[REDACTED]' });
});

test('a back end records for the sessions whose tokens come with its requests, each its own', async () => {
  const sessions = await Promise.all([begin(), begin()]);
  const recorder = createRecorder({ sdkKey: tenant.sdkKey, brainUrl: brain.url });
  for (const [index, { token }] of sessions.entries()) {
    for (let at = 0; at < 50; at++) recorder.record(record(`/${index}/${at}`), token);
  }
  recorder.record(record('/nobody'), 'no token');
  expect(await recorder.close()).toBe(true);
  for (const [index, { id }] of sessions.entries()) {
    expect(await paths(id)).toEqual(Array.from({ length: 50 }, (_, at) => `/${index}/${at}`));
  }
  expect(recorder.stats()).toMatchObject({ recorded: 101, sent: 100, dropped: { invalid_session_token: 1 } });
});

test.each([
  ['when the program has nothing more to do', 'return', { code: 0, signal: null }],
  ['on process.exit()', 'exit', { code: 3, signal: null }],
  ['on an error that nobody catches', 'throw', { code: 1, signal: null }],
])('%s, what waits is delivered, and the program ends as it would', async (_when, end, expected) => {
  const agent = startAgent([end, '30'], agentEnv());
  const sessionId = await agent.says('session');
  const ended = await agent.ended;
  expect(ended).toMatchObject(expected);
  expect(ended.errors.includes('this program fails')).toBe(end === 'throw');
  expect(await paths(sessionId)).toEqual(numbered(30));
});

test('SIGTERM ends a program that does not listen to it by that signal, after what waits was delivered', async () => {
  const agent = startAgent(['wait', '30'], agentEnv());
  const sessionId = await agent.says('session');
  agent.signal('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(await paths(sessionId)).toEqual(numbered(30));
});

test('a program that listens to SIGTERM decides what it does, does not see the SDK listen, and is delivered', async () => {
  const agent = startAgent(['handle', '30'], agentEnv());
  const sessionId = await agent.says('session');
  await agent.says('listens');
  agent.signal('SIGTERM');
  expect(await agent.says('handled')).toBe('beside 0');
  expect(await agent.ended).toMatchObject({ code: 0, signal: null });
  expect(await paths(sessionId)).toEqual(numbered(30));
});

test('what a killed process had spooled is delivered by the next one, once each, and no file holds a credential', async () => {
  const spool = path.join(dir, 'spool');
  const killed = startAgent(['wait', '500', spool], agentEnv());
  const sessionId = await killed.says('session');
  killed.signal('SIGKILL');
  await killed.ended;
  expect(await paths(sessionId)).toEqual([]);
  const files = await readdir(spool);
  expect(files).toHaveLength(1);
  const file = path.join(spool, files[0] ?? '');
  expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
  const text = await readFile(file, 'utf8');
  expect(text).toContain('"/499"');
  for (const credential of [tenant.agentKey, 'eyJ']) expect(text).not.toContain(credential);
  const next = startAgent(['replay', '1', spool], { ...agentEnv(), REPLAYED: '500' });
  expect(await next.says('replayed')).toBe('500');
  await next.ended;
  expect(await paths(sessionId)).toEqual(numbered(500));
  expect(await readdir(spool)).toEqual([]);
});

test('a program of a thousand calls during which Brain is killed is in the record whole, and did not wait for it', async () => {
  const port = new URL(brain.url).port;
  let revived = Promise.resolve();
  const target = await startTargetServer((count) => {
    if (count === 300) return brain.kill();
    // While these came Brain was gone; the program must not end before it is back.
    if (count === 800) revived = startBrain(port);
    return count >= 800 ? revived : undefined;
  });
  const session = path.join(dir, 'session.json');
  const fixture = (name: string): string => path.join(__dirname, 'fixtures', name);
  const args = ['--import', fixture('record-session.mjs'), fixture('program.mjs'), target.url, '1', '16'];
  const { stderr, exitCode } = await runProgram(args, { ...agentEnv(), SESSION_FILE: session });
  await target.close();
  expect([stderr, exitCode]).toEqual([expect.stringContaining('done: '), 1]);
  const { id, stats } = JSON.parse(await readFile(session, 'utf8'));
  expect(stats).toMatchObject({ sent: stats.recorded, pending: 0, dropped: {}, rejected: {} });
  expect(stats.retries).toBeGreaterThan(0);
  const events = await readSession({ brain }, { ...tenant, sessionId: id });
  const known = new Set(target.seen.map(({ url }) => url));
  const urlOf = ({ path: pathname, query_params: query }: { path: string; query_params: string | null }) =>
    query === null ? pathname : `${pathname}?${query}`;
  const reached = events.filter((event) => known.has(urlOf(event)));
  expect(reached.map((event) => `${event.method} ${urlOf(event)} ${event.status_code}`).sort()).toEqual(
    target.seen.map(({ method, url, status }) => `${method} ${url} ${status}`).sort(),
  );
  expect(target.seen.length).toBeGreaterThan(900);
  expect(events).toHaveLength(stats.recorded);
});

async function startBrain(port: string): Promise<void> {
  const env = { ...services.env, BRAIN_PORT: port };
  brain = await startService({ name: 'brain', host: '127.0.0.1', env });
}

function record(path: string) {
  return {
    ...newStamp(),
    ...call(path),
    ...{ request_size_bytes: 0, response_size_bytes: 0, request_headers: {}, response_headers: {} },
    ...{ request_body: null, response_body: null, query_params: null, error: null },
    ...{ request_content_type: null, response_content_type: null },
  };
}
