import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import {
  AnswerTooLarge,
  backendEventRow,
  comparePlaces,
  EventStore,
  encodeRows,
  migrate,
  placeOf,
  type SessionScope,
  type TimelinePlace,
  TimelineStore,
} from '../src';

const database = `timeline_${randomUUID().replaceAll('-', '')}`;
const options = {
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database,
  requestTimeoutMs: 20_000,
  connectionsMax: 8,
};
let store: EventStore;
let timeline: TimelineStore;
let client: ClickHouseClient;
let scope: SessionScope;

beforeAll(async () => {
  await migrate(options);
  store = new EventStore(options);
  timeline = new TimelineStore(options);
  client = createClient({ url: options.url, database });
});
afterAll(() => Promise.all([store.close(), timeline.close(), client.close()]));
beforeEach(() => {
  scope = { projectId: randomUUID(), agentId: randomUUID(), sessionId: randomUUID() };
});

const base = 1_795_316_817_000_000;

async function addCalls(...calls: (Partial<BackendEvent> & { at: number })[]): Promise<string[]> {
  const rows = calls.map(({ at, ...more }) =>
    backendEventRow({
      eventId: randomUUID(),
      eventTime: base + at,
      projectId: scope.projectId,
      agentId: scope.agentId,
      agentSessionId: scope.sessionId,
      path: '/a',
      method: 'GET',
      statusCode: 200,
      latencyMs: 10,
      requestSizeBytes: 0,
      responseSizeBytes: 0,
      requestHeaders: null,
      requestBody: null,
      queryParams: null,
      postData: null,
      responseHeaders: null,
      responseBody: null,
      requestContentType: null,
      responseContentType: null,
      customProperties: null,
      error: null,
      metadata: null,
      redactedFields: [],
      createdAt: base + at,
      ...more,
    }),
  );
  await store.captured.backend_event.insertRows([encodeRows(rows).bytes]);
  return rows.map(([eventId]) => String(eventId));
}

/** `at` in microseconds, of which the table keeps whole milliseconds. */
async function addAgentEvents(...events: (Record<string, unknown> & { at: number })[]): Promise<string[]> {
  const values = events.map(({ at, ...more }) => ({
    event_id: randomUUID(),
    event_time: ((base + at) / 1_000_000).toFixed(3),
    project_id: scope.projectId,
    agent_id: scope.agentId,
    agent_session_id: scope.sessionId,
    type: 'thinking',
    sequence: 0,
    fields: '{"content":"x"}',
    created_at: ((base + at) / 1_000_000).toFixed(6),
    ...more,
  }));
  await client.insert({ table: 'agent_events', values, format: 'JSONEachRow' });
  return values.map((value) => value.event_id as string);
}

async function readAll(limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after: TimelinePlace | null = null;
  for (;;) {
    const page = await timeline.listPage(scope, limit, after);
    const last = page.at(-1);
    if (last === undefined) return ids;
    ids.push(...page.map(({ event }) => event.eventId));
    after = placeOf(last);
  }
}

describe('a page of the timeline', () => {
  test('at one instant agent events come first, in the order of recording, then calls by the text of their id', async () => {
    const calls = await addCalls(
      { at: 2000, eventId: 'f0000000-0000-4000-8000-000000000001' },
      { at: 2000, eventId: '10000000-0000-4000-8000-00000000000f' },
      { at: 2001 },
      { at: 1999 },
    );
    const said = await addAgentEvents({ at: 2000, sequence: 11 }, { at: 2000, sequence: 2 }, { at: 3000 });
    const expected = [calls[3], said[1], said[0], calls[1], calls[0], calls[2], said[2]];
    expect(await readAll(100)).toEqual(expected);
    for (const limit of [1, 2, 3]) expect(await readAll(limit)).toEqual(expected);
  });

  test('agent events of one millisecond and one sequence are ordered by the text of their id', async () => {
    const ids = await addAgentEvents(...Array.from({ length: 9 }, () => ({ at: 5000, sequence: 7 })));
    expect(await readAll(2)).toEqual([...ids].sort());
  });

  test('places compare as the pages are ordered', async () => {
    await addCalls(...Array.from({ length: 20 }, (_, at) => ({ at: at * 500 })));
    await addAgentEvents(...Array.from({ length: 20 }, (_, at) => ({ at: at * 500, sequence: at % 2 })));
    const places = (await timeline.listPage(scope, 100, null)).map(placeOf);
    expect(places).toHaveLength(40);
    places.slice(1).forEach((place, at) => {
      expect(comparePlaces(places[at] as TimelinePlace, place)).toBeLessThan(0);
      expect(comparePlaces(place, places[at] as TimelinePlace)).toBeGreaterThan(0);
    });
  });

  test('what is hidden, deleted, of another session or another project is not there', async () => {
    const [shown] = await addAgentEvents({ at: 1000 });
    await addAgentEvents(
      { at: 1000, is_hidden: 1 },
      { at: 1000, version: 1, is_deleted: 1 },
      { at: 1000, agent_session_id: randomUUID() },
      { at: 1000, project_id: randomUUID() },
    );
    await addCalls({ at: 1, agentSessionId: randomUUID() }, { at: 1, projectId: randomUUID() });
    expect(await readAll(10)).toEqual([shown]);
  });

  test('an event that was hidden by a later version is gone, and one that is stored twice is there once', async () => {
    const event_id = randomUUID();
    await addAgentEvents({ at: 1000, event_id });
    await addAgentEvents({ at: 1000, event_id });
    expect(await readAll(10)).toEqual([event_id]);
    await addAgentEvents({ at: 1000, event_id, version: 5, is_hidden: 1 });
    expect(await readAll(10)).toEqual([]);
  });

  test('a page past the bound is AnswerTooLarge, and a smaller one is not', async () => {
    const metadata = JSON.stringify('x'.repeat(4 * 1024 * 1024));
    await addCalls(...Array.from({ length: 6 }, (_, at) => ({ at, metadata })));
    await expect(timeline.listPage(scope, 6, null)).rejects.toBeInstanceOf(AnswerTooLarge);
    await expect(store.listSessionEvents({ ...scope, limit: 6, after: null })).rejects.toBeInstanceOf(
      AnswerTooLarge,
    );
    expect(await timeline.listPage(scope, 2, null)).toHaveLength(2);
  });
});

describe('arrivals', () => {
  const range = { createdAfter: 0, eventTimeUntil: 2 * base, order: 'oldest' as const, limit: 100 };

  test('come in the order of taking in, from a moment on, up to a time, the oldest or the newest', async () => {
    const [first, second] = await addCalls({ at: 10, createdAt: base + 5 }, { at: 900, createdAt: base + 6 });
    const [said] = await addAgentEvents({ at: 0, created_at: ((base + 7) / 1e6).toFixed(6) });
    const idsOf = async (more: object) =>
      (await timeline.listArrivals(scope, { ...range, ...more })).map((arrival) => arrival.eventId);
    expect(await idsOf({})).toEqual([first, second, said]);
    expect(await idsOf({ createdAfter: base + 5 })).toEqual([second, said]);
    expect(await idsOf({ eventTimeUntil: base + 10 })).toEqual([first, said]);
    expect(await idsOf({ limit: 2 })).toEqual([first, second]);
    expect(await idsOf({ limit: 2, order: 'newest' })).toEqual([said, second]);
  });

  test('are read by their places, without those that were hidden since', async () => {
    await addCalls({ at: 10 }, { at: 10 }, { at: 70 });
    await addAgentEvents({ at: 3000, sequence: 4 }, { at: 4000, is_hidden: 1 });
    const arrivals = await timeline.listArrivals(scope, range);
    expect(arrivals).toHaveLength(5);
    expect(await timeline.readItems(scope, arrivals)).toEqual(await timeline.listPage(scope, 10, null));
    expect(await timeline.readItems(scope, arrivals.slice(0, 1))).toHaveLength(1);
    expect(await timeline.readItems(scope, [])).toEqual([]);
    const shown = arrivals.find((arrival) => arrival.sequence === 4);
    await addAgentEvents({ at: 3000, sequence: 4, event_id: shown?.eventId, version: 1, is_hidden: 1 });
    expect(await timeline.readItems(scope, arrivals)).toHaveLength(3);
  });
});

describe('a summary', () => {
  const bounds = { pathsMax: 100, toolCallsMax: 1000 };

  test('of nothing has zeros and nulls', async () => {
    expect(await timeline.summarise(scope, bounds)).toEqual({
      first: null,
      last: null,
      backendEvents: 0,
      agentEvents: 0,
      types: [],
      statusClasses: [],
      paths: { total: 0, top: [] },
      errors: 0,
      latencyMs: null,
      toolCalls: { total: 0, answered: 0, failed: 0, calls: [] },
    });
  });

  test('counts calls by class and path, and takes exact percentiles', async () => {
    const [again] = await addCalls({ at: 5, path: '/b', statusCode: 404, error: 'not there', latencyMs: 10 });
    await addCalls(
      { at: 5, eventId: again as string, path: '/b', statusCode: 404, error: 'not there', latencyMs: 10 },
      { at: 20, statusCode: 0, error: '', latencyMs: 20.55 },
      { at: 30, statusCode: 200, latencyMs: 31 },
      { at: 40, statusCode: 299, latencyMs: 45 },
      { at: 99, statusCode: 777, latencyMs: 1000, path: '/c' },
    );
    const summary = await timeline.summarise(scope, { ...bounds, pathsMax: 2 });
    expect(summary).toMatchObject({
      first: base + 5,
      last: base + 99,
      backendEvents: 5,
      errors: 1,
      statusClasses: [
        { name: '0', count: 1 },
        { name: '2xx', count: 2 },
        { name: '4xx', count: 1 },
        { name: 'other', count: 1 },
      ],
      paths: {
        total: 3,
        top: [
          { path: '/a', count: 3 },
          { path: '/b', count: 1 },
        ],
      },
    });
    expect(summary.latencyMs?.p50).toBe(31);
    expect(summary.latencyMs?.p95).toBeCloseTo(809, 9);
    expect(summary.latencyMs?.p99).toBeCloseTo(961.8, 9);
  });

  test('pairs a tool input with the next output of its id, and knows those never answered', async () => {
    const input = (at: number, id: string, more = {}) => ({
      at,
      type: 'tool_input',
      tool_call_id: id,
      tool_name: `tool ${id}`,
      ...more,
    });
    const output = (at: number, id: string, more = {}) => ({ ...input(at, id, more), type: 'tool_output' });
    await addAgentEvents(
      { at: 0 },
      input(1000, 'a'),
      input(2000, 'b'),
      output(9000, 'b', { is_error: 1 }),
      output(4000, 'a'),
      // The same id again, and within one millisecond.
      output(6000, 'a', { sequence: 2 }),
      input(6000, 'a', { sequence: 1 }),
      input(7000, 'never'),
      output(8000, 'without an input'),
      input(8500, 'hidden', { is_hidden: 1 }),
    );
    const { toolCalls, types, agentEvents } = await timeline.summarise(scope, bounds);
    expect(agentEvents).toBe(9);
    expect(types).toEqual([
      { type: 'thinking', count: 1 },
      { type: 'tool_input', count: 4 },
      { type: 'tool_output', count: 4 },
    ]);
    const call = (id: string, from: number, until: number | null, isError: boolean | null) => ({
      toolCallId: id,
      toolName: `tool ${id}`,
      startedAt: base + from,
      endedAt: until === null ? null : base + until,
      isError,
    });
    expect(toolCalls).toEqual({
      total: 4,
      answered: 3,
      failed: 1,
      calls: [
        call('a', 1000, 4000, false),
        call('b', 2000, 9000, true),
        call('a', 6000, 6000, false),
        call('never', 7000, null, null),
      ],
    });
    const bounded = await timeline.summarise(scope, { ...bounds, toolCallsMax: 1 });
    expect(bounded.toolCalls).toMatchObject({ total: 4, answered: 3, calls: [{ startedAt: base + 1000 }] });
  });
});
