import { randomUUID } from 'node:crypto';
import { createClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import {
  backendEventRow,
  EventStore,
  EventStoreUnavailable,
  EventsRejected,
  eventKey,
  migrate,
} from '../src';

const database = `store_${randomUUID().replaceAll('-', '')}`;
const options = {
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database,
  requestTimeoutMs: 20_000,
  connectionsMax: 8,
};
let store: EventStore;

beforeAll(async () => {
  await migrate(options);
  store = new EventStore(options);
});
afterAll(() => store.close());

const nowMicros = () => Date.now() * 1000;

function makeEvent(more: Partial<BackendEvent> = {}): BackendEvent {
  return {
    eventId: randomUUID(),
    eventTime: nowMicros() + 7,
    projectId: randomUUID(),
    agentId: randomUUID(),
    agentSessionId: randomUUID(),
    path: '/a',
    method: 'GET',
    statusCode: 200,
    latencyMs: 87.4,
    requestSizeBytes: 0,
    responseSizeBytes: 4_294_967_295,
    requestHeaders: '{"Accept":"*/*"}',
    requestBody: null,
    queryParams: '',
    postData: 'a\u0000b',
    responseHeaders: null,
    responseBody: '\u{1F600} \\N \\n \t',
    requestContentType: null,
    responseContentType: null,
    customProperties: '{"n":123456789.1234567901234567890}',
    error: null,
    metadata: '[]',
    createdAt: nowMicros(),
    redactedFields: ['request_headers'],
    ...more,
  };
}

const insert = (events: readonly BackendEvent[], into = store) =>
  into.insertBackendEventRows(events.map((event) => Buffer.from(backendEventRow(event))));

const pageOf = (event: BackendEvent, limit = 10) => ({
  projectId: event.projectId,
  agentId: event.agentId,
  sessionId: event.agentSessionId,
  limit,
  after: null,
});

test('an event comes back as it went in, to the last field', async () => {
  const event = makeEvent();
  await insert([event]);
  expect(await store.listSessionEvents(pageOf(event))).toEqual([event]);
});

test.each([[0.1], [0.30000000000000004], [1e-7], [1.7976931348623157e308], [123456789.12345679]])(
  'a latency of %p keeps every bit',
  async (latencyMs) => {
    const event = makeEvent({ latencyMs });
    await insert([event]);
    expect((await store.listSessionEvents(pageOf(event)))[0]?.latencyMs).toBe(latencyMs);
  },
);

test('the same event inserted many times, also within one insert, is one event', async () => {
  const event = makeEvent();
  await insert([event, event]);
  await Promise.all([insert([event]), insert([event])]);
  expect(await store.listSessionEvents(pageOf(event))).toEqual([event]);
});

test('stored ids are found by project, hundreds at once', async () => {
  const event = makeEvent();
  await insert([event]);
  const others = Array.from({ length: 800 }, () => ({ projectId: event.projectId, eventId: randomUUID() }));
  expect(await store.findKnownEvents([...others, event])).toEqual(
    new Map([[eventKey(event), { firstCreatedAt: event.createdAt, hasTwin: false }]]),
  );
  expect(await store.findKnownEvents([{ ...event, projectId: randomUUID() }])).toEqual(new Map());
  expect(await store.findKnownEvents([])).toEqual(new Map());
});

test('of twins under one id only the first is left, and nothing else goes', async () => {
  const first = makeEvent();
  const twin = { ...first, eventTime: first.eventTime + 5, createdAt: first.createdAt + 5 };
  const other = { ...first, eventId: randomUUID(), createdAt: first.createdAt + 9 };
  await insert([twin, other, first]);
  expect((await store.findKnownEvents([first])).get(eventKey(first))).toEqual({
    firstCreatedAt: first.createdAt,
    hasTwin: true,
  });
  await store.removeLaterTwins(twin, first.createdAt);
  const left = await store.listSessionEvents(pageOf(first));
  expect(new Set(left.map((event) => event.eventId))).toEqual(new Set([first.eventId, other.eventId]));
  expect(left).toHaveLength(2);
  expect(left.find((event) => event.eventId === first.eventId)).toEqual(first);
});

test('several processes may migrate at once, and again', async () => {
  const fresh = { ...options, database: `${database}_again` };
  const applied = await Promise.all([migrate(fresh), migrate(fresh), migrate(fresh)]);
  expect(applied.flat()).toContain('0001_backend_events.sql');
  expect(await migrate(fresh)).toEqual([]);
});

test('a migration that was cut between its statements and its record is resumed', async () => {
  const cut = { ...options, database: `${database}_cut` };
  await migrate(cut);
  const client = createClient({ url: options.url, database: cut.database });
  await client.command({ query: 'TRUNCATE TABLE schema_migrations' });
  await client.close();
  const unmigrated = new EventStore(cut);
  await expect(unmigrated.check()).rejects.toThrow('has not been migrated');
  expect(await migrate(cut)).toContain('0001_backend_events.sql');
  await unmigrated.check();
  await unmigrated.close();
});

test('a ClickHouse that is not there is EventStoreUnavailable, for reads, writes and migrations', async () => {
  const away = { ...options, url: 'http://127.0.0.1:1', requestTimeoutMs: 500 };
  const unreachable = new EventStore(away);
  const event = makeEvent();
  await expect(insert([event], unreachable)).rejects.toBeInstanceOf(EventStoreUnavailable);
  await expect(unreachable.listSessionEvents(pageOf(event))).rejects.toBeInstanceOf(EventStoreUnavailable);
  await expect(unreachable.check()).rejects.toBeInstanceOf(EventStoreUnavailable);
  await expect(migrate(away)).rejects.toBeInstanceOf(EventStoreUnavailable);
  await unreachable.close();
});

test('a row that ClickHouse can never take is EventsRejected, whatever is beside it', async () => {
  const good = Buffer.from(backendEventRow(makeEvent()));
  const bad = Buffer.from(backendEventRow(makeEvent({ eventId: 'no UUID' })));
  await expect(store.insertBackendEventRows([good, bad])).rejects.toBeInstanceOf(EventsRejected);
});
