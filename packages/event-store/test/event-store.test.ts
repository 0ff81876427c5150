import { randomUUID } from 'node:crypto';
import { createClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import {
  backendEventRow,
  EventStore,
  EventStoreUnavailable,
  EventsRejected,
  encodeRows,
  migrate,
  Retention,
  type RetentionRules,
} from '../src';
import { makeEvent } from './support/make-event';

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

const insert = (events: readonly BackendEvent[], into = store) =>
  into.captured.backend_event.insertRows([encodeRows(events.map(backendEventRow)).bytes]);

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

test('a row that lacks the last column, as an earlier version may have left it in a log, is stored with the others', async () => {
  const [event, older] = [makeEvent(), makeEvent()];
  const rows = [backendEventRow(event), backendEventRow(older).slice(0, -1)];
  await store.captured.backend_event.insertRows([encodeRows(rows).bytes]);
  expect(await store.listSessionEvents(pageOf(event))).toEqual([event]);
  expect(await store.listSessionEvents(pageOf(older))).toEqual([{ ...older, createdAt: 0 }]);
});

test('no column that captured events fill has a default of its own: their inserts leave defaults out', async () => {
  const client = createClient({ url: options.url, database });
  try {
    const columns = await client.query({
      query: `SELECT table, countIf(default_kind != '') AS defaults FROM system.columns
        WHERE database = currentDatabase() AND table IN ('backend_events', 'agent_events', 'event_ids')
        GROUP BY table ORDER BY table`,
      format: 'JSONCompactEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    expect(await columns.json()).toEqual([
      ['agent_events', 0],
      ['backend_events', 0],
      ['event_ids', 0],
    ]);
  } finally {
    await client.close();
  }
});

test('nothing is read before it is known how long it may be seen', async () => {
  const event = makeEvent();
  await insert([event]);
  let answer: () => Promise<RetentionRules> = async () => {
    throw new Error('nobody says');
  };
  const asked = jest.fn(() => answer());
  const now = event.eventTime + 2 * 24 * 60 * 60 * 1_000_000;
  const reader = new EventStore({ ...options, retention: new Retention(asked, () => now) });
  try {
    await expect(reader.listSessionEvents(pageOf(event))).rejects.toBeInstanceOf(EventStoreUnavailable);
    answer = async () => ({ defaultDays: 1, daysOf: new Map() });
    const reads = Array.from({ length: 3 }, () => reader.listSessionEvents(pageOf(event)));
    expect(await Promise.all(reads)).toEqual([[], [], []]);
    expect(asked).toHaveBeenCalledTimes(2);
  } finally {
    await reader.close();
  }
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
  const good = encodeRows([backendEventRow(makeEvent())]).bytes;
  const bad = encodeRows([backendEventRow(makeEvent({ eventId: 'no UUID' }))]).bytes;
  await expect(store.captured.backend_event.insertRows([good, bad])).rejects.toBeInstanceOf(EventsRejected);
});
