import { agentSessions, call } from './support/agent-sessions';
import { accepted, refusal, type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';
import { until } from './support/until';

let brain: ScriptedBrain;
const { begin, codes, endAll } = agentSessions(() => brain);
beforeEach(async () => {
  brain = await startScriptedBrain();
});
afterEach(async () => {
  await endAll();
  await brain.stop();
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
