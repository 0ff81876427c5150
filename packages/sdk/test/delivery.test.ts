import { createSession, type OtasError, type Session, type SessionOptions } from '@otas/sdk';
import { startAgent } from './support/agent-process';
import { accepted, created, type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';
import { until } from './support/until';

let brain: ScriptedBrain;
let problems: OtasError[];
const sessions: Session[] = [];

beforeEach(async () => {
  brain = await startScriptedBrain();
  problems = [];
});
afterEach(async () => {
  brain.answer(accepted);
  await Promise.all(sessions.splice(0).map((session) => session.end(1000)));
  await brain.stop();
});

async function begin(more: SessionOptions = {}): Promise<Session> {
  const told = problems;
  const session = await createSession({
    ...{ agentKey: 'agent_key', uasamUrl: brain.url, brainUrl: brain.url },
    ...{ flushIntervalMs: 20, retryMinMs: 20, retryMaxMs: 50, onError: (problem) => told.push(problem) },
    ...more,
  });
  sessions.push(session);
  return session;
}
const call = (path: string) => ({ path, method: 'GET', status_code: 200, latency_ms: 1 });
const env = () => ({ OTAS_AGENT_KEY: 'agent_key', OTAS_UASAM_URL: brain.url, OTAS_BRAIN_URL: brain.url });
const codes = () => problems.map(({ code }) => code);
const refusal = (code: string) => ({ status: 0, status_description: code });

test('a key is sent without the line break that its file ended with', async () => {
  const session = await begin({ agentKey: 'agent_key\n' });
  session.log(call('/a'));
  await session.flush();
  expect(brain.seen[0]?.headers['x-otas-agent-key']).toBe('agent_key');
});

test('events are sent in batches of the size that was asked for, compressed, with their credentials as headers', async () => {
  const session = await begin({ batchMaxEvents: 40, flushIntervalMs: 600_000 });
  for (let at = 0; at < 100; at++) session.log(call(`/${at}`));
  await session.flush();
  expect(brain.seen.map(({ events }) => events.length)).toEqual([40, 40, 20]);
  expect(brain.seen.flatMap(({ events }) => events)).toEqual(
    Array.from({ length: 100 }, (_, at) => `/${at}`),
  );
  expect(brain.seen[0]?.url).toBe('/api/v1/backend/log/agent/batch/');
  expect(brain.seen[0]?.headers).toMatchObject({
    'x-otas-agent-key': 'agent_key',
    'x-otas-agent-session-token': session.token,
    'content-encoding': 'gzip',
  });
});

test('a batch has no more bytes than was asked for, but at least one event', async () => {
  const session = await begin({ batchMaxBytes: 2000, flushIntervalMs: 600_000 });
  for (const size of [1000, 1000, 9000, 10])
    session.log({ ...call(`/${size}`), request_body: 'x'.repeat(size) });
  await session.flush();
  expect(brain.seen.map(({ events }) => events)).toEqual([['/1000'], ['/1000'], ['/9000'], ['/10']]);
});

test('a Retry-After is obeyed, by flush() too', async () => {
  brain.answer(() => ({
    status: 429,
    body: refusal('rate_limit_exceeded'),
    headers: { 'Retry-After': '1' },
  }));
  const session = await begin();
  session.log(call('/a'));
  await until(1, () => brain.seen.length);
  brain.answer(accepted);
  expect(await session.flush()).toBe(true);
  const [first = 0, second = 0] = brain.seen.map(({ at }) => at);
  expect(second - first).toBeGreaterThan(990);
  expect(session.stats()).toMatchObject({ sent: 1, retries: 1, rejected: {} });
  expect(codes()).toEqual(['rate_limit_exceeded']);
});

test.each([
  ['an error of Brain', { status: 503, body: refusal('event_log_full') }],
  ['a page of a proxy', { status: 404, body: '<h1>nobody here</h1>' }],
  ['an answer that says nothing', { status: 200, body: '<h1>log in</h1>' }],
  ['a redirect', { status: 307, headers: { Location: 'http://127.0.0.1:1/' } }],
])('%s is no judgement: the events are kept, and sent again', async (_name, answer) => {
  brain.answer(() => answer);
  const session = await begin();
  session.log(call('/a'));
  session.event({ type: 'thinking' });
  await until(true, () => session.stats().retries >= 3);
  expect(session.stats()).toMatchObject({ sent: 0, pending: 2, rejected: {}, dropped: {} });
  brain.answer(accepted);
  expect(await session.flush()).toBe(true);
  expect(session.stats()).toMatchObject({ sent: 2, pending: 0 });
});

test('events that a 207 or a 400 refuses are counted by code and not sent again, the others count as sent', async () => {
  const results = [{ index: 0 }, { index: 1, status_description: 'invalid_request' }];
  brain.answer(() => ({ status: 207, body: { status: 1, response: { results } } }));
  const session = await begin({ flushIntervalMs: 600_000 });
  for (const path of ['/a', '/b']) session.log(call(path));
  await session.flush();
  brain.answer(() => ({
    status: 400,
    body: {
      ...refusal('events_rejected'),
      response: { results: [{ index: 0, status_description: 'project_mismatch' }] },
    },
  }));
  session.log(call('/c'));
  await session.flush();
  expect(brain.seen.map(({ events }) => events)).toEqual([['/a', '/b'], ['/c']]);
  const { sent, rejected } = session.stats();
  expect({ sent, rejected }).toEqual({ sent: 1, rejected: { invalid_request: 1, project_mismatch: 1 } });
  expect(codes()).toEqual(['invalid_request', 'project_mismatch']);
});

test('a credential that is refused for good refuses what waits, and nothing is tried again', async () => {
  brain.answer(() => ({ status: 401, body: refusal('invalid_or_expired_agent_key') }));
  const session = await begin({ flushIntervalMs: 600_000 });
  for (const path of ['/a', '/b']) session.log(call(path));
  expect(await session.flush()).toBe(true);
  expect(brain.seen).toHaveLength(1);
  expect(session.stats()).toMatchObject({
    rejected: { invalid_or_expired_agent_key: 2 },
    pending: 0,
    retries: 0,
  });
});

test('a batch that is too large is sent in smaller ones; an event that is too large by itself is refused', async () => {
  brain.answer((request) =>
    request.events.length > 2 || request.events.includes('/large')
      ? { status: 413, body: 'too large' }
      : accepted(request),
  );
  const session = await begin({ flushIntervalMs: 600_000 });
  for (const path of ['/1', '/2', '/3', '/large', '/4', '/5']) session.log(call(path));
  expect(await session.flush()).toBe(true);
  expect(session.stats()).toMatchObject({ sent: 5, rejected: { payload_too_large: 1 } });
});

test('agent events that a 400 names are refused, and the others are sent without them, in their order', async () => {
  brain.answer((request) =>
    request.events.includes('agent_output')
      ? {
          status: 400,
          body: { code: 'invalid_request', field_errors: { 'events[1].content': 'must be a text' } },
        }
      : accepted(request),
  );
  const session = await begin({ flushIntervalMs: 600_000 });
  session.event({ type: 'thinking' });
  session.event({ type: 'agent_output' } as never);
  session.event({ type: 'session_interrupted' });
  expect(await session.flush()).toBe(true);
  expect(brain.seen.at(-1)?.events).toEqual(['thinking', 'session_interrupted']);
  expect(session.stats()).toMatchObject({ sent: 2, rejected: { invalid_request: 1 } });
});

test('a queue that is full drops and counts what comes, and takes events again once some were sent', async () => {
  brain.answer(() => null);
  const session = await begin({ queueMaxEvents: 10, requestTimeoutMs: 100 });
  for (let at = 0; at < 25; at++) session.log(call(`/${at}`));
  expect(session.stats()).toMatchObject({ recorded: 25, pending: 10, dropped: { queue_full: 15 } });
  expect(codes().filter((code) => code === 'queue_full')).toHaveLength(1);
  brain.answer(accepted);
  expect(await session.flush()).toBe(true);
  session.log(call('/later'));
  expect(await session.flush()).toBe(true);
  expect(session.stats()).toMatchObject({ recorded: 26, sent: 11, pending: 0, pendingBytes: 0 });
  expect(brain.seen.at(-1)?.events).toEqual(['/later']);
});

test('the queue is bounded in bytes too, and so is a single event', async () => {
  const session = await begin({ queueMaxBytes: 20_000, eventMaxBytes: 8000, flushIntervalMs: 600_000 });
  for (let at = 0; at < 4; at++) session.log({ ...call(`/${at}`), request_body: 'x'.repeat(6000) });
  session.log({ ...call('/large'), request_body: 'x'.repeat(9000) });
  const { pending, pendingBytes, dropped } = session.stats();
  expect({ pending, dropped }).toEqual({ pending: 3, dropped: { queue_full: 1, event_too_large: 1 } });
  expect(pendingBytes).toBeLessThanOrEqual(20_000);
});

test('with everything down nothing throws, whatever is handed in, and all of it is counted', async () => {
  const session = await begin();
  await brain.stop();
  const hostile = {
    get path(): string {
      throw new Error('hostile');
    },
  };
  const circular: Record<string, unknown> = { type: 'thinking' };
  circular.self = circular;
  const unreadable = new Proxy(
    {},
    {
      get: () => {
        throw new Error('hostile');
      },
    },
  );
  for (const value of [undefined, null, 7, hostile, circular, { latency_ms: 1n }, unreadable]) {
    session.log(value as never);
    session.event(value as never);
    session.recorder.record(value as never);
  }
  expect(await session.flush(200)).toBe(false);
  const { recorded, sent, pending, dropped } = session.stats();
  expect({ recorded, sent }).toEqual({ recorded: 21, sent: 0 });
  expect(pending + (dropped.invalid_event ?? 0)).toBe(21);
  expect(await session.end(100)).toBe(false);
});

test('an onError that throws harms nobody', async () => {
  brain.answer(() => ({ status: 503 }));
  const session = await begin({
    onError: () => {
      throw new Error('mine');
    },
  });
  session.log(call('/a'));
  await until(true, () => session.stats().retries > 1);
  brain.answer(accepted);
  expect(await session.flush()).toBe(true);
});

test.each([
  ['no key', { agentKey: '' }, 'no_agent_key'],
  ['a key of two lines', { agentKey: 'agent_a\nb' }, 'invalid_option'],
  ['a domain that is none', { domain: 'a/b' }, 'invalid_option'],
  ['an address that is none', { brainUrl: 'somewhere' }, 'invalid_option'],
  ['a bound that is none', { batchMaxEvents: 0 }, 'invalid_option'],
  ['a time that is none', { startTimeoutMs: 0 }, 'invalid_option'],
  ['a pattern that is none', { redact: { patterns: ['('] } }, 'invalid_option'],
  ['a meta that is no JSON', { meta: 1n }, 'invalid_option'],
])('%s is told by an OtasError before anything is asked', async (_name, options, code) => {
  await expect(begin(options)).rejects.toMatchObject({ name: 'OtasError', code });
});

test('a key that UASAM refuses is told at once, with its code and without the key', async () => {
  brain.answerSessions(() => ({ status: 401, body: refusal('invalid_agent_key') }));
  const error = await begin({ agentKey: 'agent_secret' }).catch((thrown: OtasError) => thrown);
  expect(error).toMatchObject({ name: 'OtasError', code: 'invalid_agent_key' });
  expect((error as OtasError).message).not.toContain('agent_secret');
  await expect(begin({ onFailure: 'retry' })).rejects.toMatchObject({ code: 'invalid_agent_key' });
});

test('a UASAM that is down for a moment only delays the session; one that stays down is told', async () => {
  let asked = 0;
  brain.answerSessions(() => (++asked < 3 ? { status: 503 } : created()));
  expect((await begin()).id).not.toBe('');
  await expect(begin({ uasamUrl: 'http://127.0.0.1:1', startTimeoutMs: 300 })).rejects.toMatchObject({
    code: 'uasam_unreachable',
    message: expect.stringContaining('http://127.0.0.1:1'),
  });
});

test('with onFailure ignore there is a session that records nothing, and says so', async () => {
  const session = await begin({ uasamUrl: 'http://127.0.0.1:1', startTimeoutMs: 300, onFailure: 'ignore' });
  expect([session.id, session.token, await session.ready, codes()]).toEqual([
    '',
    '',
    false,
    ['uasam_unreachable'],
  ]);
  session.log(call('/a'));
  expect(session.tool('double', (n: number) => n * 2)(4)).toBe(8);
  expect(session.stats()).toMatchObject({ recorded: 3, pending: 0, dropped: { unrecorded: 3 } });
  expect(await session.flush()).toBe(true);
});

test('with onFailure retry what happens before there is a session is recorded once there is one', async () => {
  brain.answerSessions(() => ({ status: 503 }));
  const session = await begin({ onFailure: 'retry' });
  session.log(call('/early'));
  expect([session.token, session.stats().pending]).toEqual(['', 1]);
  brain.answerSessions(() => created());
  expect(await session.ready).toBe(true);
  expect(await session.flush()).toBe(true);
  expect([session.token !== '', brain.seen[0]?.events]).toEqual([true, ['/early']]);
});

test('with onFailure retry a refusal that comes later drops what waited, by its code', async () => {
  brain.answerSessions(() => ({ status: 503 }));
  const session = await begin({ onFailure: 'retry' });
  session.log(call('/early'));
  brain.answerSessions(() => ({ status: 401, body: refusal('invalid_agent_key') }));
  expect(await session.ready).toBe(false);
  session.log(call('/late'));
  expect(session.stats()).toMatchObject({ recorded: 2, pending: 0, dropped: { invalid_agent_key: 2 } });
});

test('a Brain that never answers keeps no program alive', async () => {
  brain.answer(() => null);
  const agent = startAgent(['return', '5'], env());
  expect(await agent.ended).toMatchObject({ code: 0, signal: null, errors: '' });
  expect(brain.seen[0]?.events).toHaveLength(5);
});

test('a rejection of a tool that the host does not handle ends it as without the SDK, and one that it handles does not', async () => {
  const handling = startAgent(['reject', '0', '', 'handled'], env());
  expect(await handling.ended).toMatchObject({ code: 0, errors: '' });
  const leaving = startAgent(['reject', '0', ''], env());
  expect(await leaving.ended).toMatchObject({ code: 1, errors: expect.stringContaining('this tool fails') });
  expect(brain.seen.map(({ events }) => events)).toEqual(Array(2).fill(['tool_input', 'tool_output']));
});

test('two copies of the SDK in a process listen once, and SIGTERM ends it by that signal after both were delivered', async () => {
  const agent = startAgent([], env(), 'twice.mjs');
  expect(await agent.says('session')).toBe('1');
  agent.signal('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(brain.seen.flatMap(({ events }) => events).sort()).toEqual(['/0', '/1']);
});

test('who ends the process by a signal that nobody else listens to, does so as without the SDK', async () => {
  const agent = startAgent(['watch'], env(), 'twice.mjs');
  expect(await agent.says('session')).toBe('2');
  agent.signal('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
});
