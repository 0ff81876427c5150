import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import { backendEventRow, EventStore, encodeRows, migrate } from '../src';
import { makeEvent } from './support/make-event';

const database = `ids_${randomUUID().replaceAll('-', '')}`;
const options = {
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database,
  requestTimeoutMs: 20_000,
  connectionsMax: 8,
};
let store: EventStore;
let client: ClickHouseClient;

beforeAll(async () => {
  await migrate(options);
  store = new EventStore(options);
  client = createClient({ url: options.url, database });
});
afterAll(async () => {
  await store.close();
  await client.close();
});

const randomUuidV7 = () => {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
};
const withRow = (event: BackendEvent) => ({ ...event, row: encodeRows([backendEventRow(event)]).bytes });
const claim = (...events: BackendEvent[]) => store.captured.backend_event.insertIds(events.map(withRow));
const insert = (...events: BackendEvent[]) =>
  store.captured.backend_event.insertRows(events.map((event) => withRow(event).row));
const known = async (event: BackendEvent) =>
  (await store.captured.backend_event.findKnown([event])).get(store.captured.backend_event.keyOf(event));
const stored = (event: BackendEvent) => {
  const { projectId, agentId, agentSessionId: sessionId } = event;
  return store.listSessionEvents({ projectId, agentId, sessionId, limit: 10, after: null });
};
/** The same id under another session and time, taken in later. */
const makeTwin = (first: BackendEvent, laterMicros = 5) => ({
  ...first,
  agentSessionId: randomUUID(),
  eventTime: first.eventTime + laterMicros,
  createdAt: first.createdAt + laterMicros,
});
const merge = async () => {
  for (const table of ['backend_events', 'event_ids']) {
    await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
  }
};

test.each([
  ['4', randomUUID],
  ['7', randomUuidV7],
])('known ids of version %s are found by project, hundreds at once, also once merged', async (_, makeId) => {
  const projectId = randomUUID();
  const events = Array.from({ length: 800 }, () =>
    makeEvent({ projectId, agentSessionId: randomUUID(), eventId: makeId() }),
  );
  const others = Array.from({ length: 800 }, () => ({
    projectId,
    agentSessionId: randomUUID(),
    eventId: makeId(),
  }));
  for (const half of [events.slice(0, 400), events.slice(400)]) {
    await claim(...half);
    await insert(...half);
  }
  const expected = new Map(
    events.map((event) => [
      store.captured.backend_event.keyOf(event),
      { firstCreatedAt: event.createdAt, hasTwin: false },
    ]),
  );
  expect(await store.captured.backend_event.findKnown([...others, ...events])).toEqual(expected);
  await merge();
  expect(await store.captured.backend_event.findKnown([...others, ...events])).toEqual(expected);
  const elsewhere = events.map((event) => ({ ...event, projectId: randomUUID() }));
  expect(await store.captured.backend_event.findKnown(elsewhere)).toEqual(new Map());
  expect(await store.captured.backend_event.findKnown([])).toEqual(new Map());
});

test('an event that was inserted without its id is not known by it', async () => {
  const event = makeEvent();
  await insert(event);
  expect(await known(event)).toBeUndefined();
  expect(await stored(event)).toEqual([event]);
});

test('an id that was cut off before its event is not known, and both again are one event', async () => {
  const event = makeEvent();
  await claim(event);
  const found = { firstCreatedAt: event.createdAt, hasTwin: false };
  expect(await known(event)).toBeUndefined();
  for (let times = 0; times < 2; times++) {
    await claim(event);
    await insert(event);
  }
  expect(await known(event)).toEqual(found);
  expect(await stored(event)).toEqual([event]);
  await merge();
  expect(await known(event)).toEqual(found);
  expect(await stored(event)).toEqual([event]);
});

test('of twins under one id only the first is left, and nothing else goes', async () => {
  const first = makeEvent();
  const twins = [makeTwin(first), makeTwin(first, 9)];
  const other = { ...first, eventId: randomUUID(), createdAt: first.createdAt + 9 };
  for (const event of [...twins, other, first]) {
    await claim(event);
    await insert(event);
  }
  expect(await known(first)).toEqual({ firstCreatedAt: first.createdAt, hasTwin: true });
  const found = await store.captured.backend_event.findTwins([first, other, makeEvent()]);
  expect([...found.keys()]).toEqual([store.captured.backend_event.keyOf(first)]);
  const expectOneLeft = async () => {
    for (const twin of twins) expect(await stored(twin)).toEqual([]);
    expect(new Set(await stored(first))).toEqual(new Set([first, other]));
    expect(await store.countStored(first.projectId)).toBe(2);
    expect(await known(first)).toEqual({ firstCreatedAt: first.createdAt, hasTwin: false });
  };
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  await expectOneLeft();
  await merge();
  await expectOneLeft();
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  await expectOneLeft();
});

test('of twins that were taken in in the same microsecond the same one is left, whoever looks', async () => {
  const one = makeEvent();
  const other = { ...makeTwin(one), createdAt: one.createdAt };
  for (const event of [other, one]) {
    await claim(event);
    await insert(event);
  }
  expect(await known(one)).toEqual({ firstCreatedAt: one.createdAt, hasTwin: true });
  for (let times = 0; times < 2; times++) {
    await store.captured.backend_event.removeLaterTwins(other, other.createdAt);
    expect(await stored(one)).toEqual([one]);
    expect(await stored(other)).toEqual([]);
    expect(await known(one)).toEqual({ firstCreatedAt: one.createdAt, hasTwin: false });
  }
});

test('nothing is removed for a first event that is not stored', async () => {
  const first = makeEvent();
  const twin = makeTwin(first);
  for (const event of [first, twin]) await claim(event);
  await insert(twin);
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  expect(await stored(twin)).toEqual([twin]);
});

test('a twin that another instance removed before it arrived does not come back', async () => {
  const first = makeEvent();
  const twin = makeTwin(first);
  await claim(first);
  await claim(twin);
  await insert(first);
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  await insert(twin);
  expect(await stored(twin)).toEqual([]);
  await merge();
  await insert(twin);
  expect(await stored(twin)).toEqual([]);
  expect(await stored(first)).toEqual([first]);
});

test('the same key taken in by two instances is no twin, and stays when twins are removed', async () => {
  const first = makeEvent();
  const same = { ...first, createdAt: first.createdAt + 5 };
  const twin = makeTwin(first);
  for (const event of [first, same, twin]) {
    await claim(event);
    await insert(event);
  }
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  expect(await known(first)).toEqual({ firstCreatedAt: first.createdAt, hasTwin: false });
  expect(await stored(first)).toEqual([same]);
  expect(await stored(twin)).toEqual([]);
});

test('the first event stays when its key was written down again after its twin', async () => {
  const first = makeEvent();
  const twin = makeTwin(first);
  for (const event of [first, twin]) {
    await claim(event);
    await insert(event);
  }
  await claim({ ...first, createdAt: twin.createdAt + 5 });
  await merge();
  await store.captured.backend_event.removeLaterTwins(first, first.createdAt);
  expect(await stored(first)).toEqual([first]);
  expect(await stored(twin)).toEqual([]);
});

test('an id that ClickHouse can never take does not keep others out', async () => {
  const good = makeEvent();
  await claim(makeEvent({ eventId: 'no UUID' }), good, makeEvent({ agentId: '' }));
  await insert(good);
  expect(await known(good)).toBeDefined();
});

test('the ids of events from before they had a table of their own are known, also after a cut', async () => {
  const [event, removed] = [makeEvent(), makeEvent()];
  await insert(event, removed);
  await client.command({
    query: `INSERT INTO backend_events (* EXCEPT (version, is_deleted), version, is_deleted)
      SELECT * EXCEPT (version, is_deleted), 1, 1 FROM backend_events WHERE event_id = '${removed.eventId}'`,
  });
  for (let times = 0; times < 2; times++) {
    await client.command({ query: 'TRUNCATE TABLE schema_migrations' });
    expect(await migrate(options)).toContain('0004_event_ids.sql');
    expect(await known(event)).toEqual({ firstCreatedAt: event.createdAt, hasTwin: false });
    expect(await known(removed)).toBeUndefined();
  }
});

test('what is known of a project can be erased, and of no other', async () => {
  const [erased, kept] = [makeEvent(), makeEvent()];
  await claim(erased, kept);
  await insert(erased, kept);
  const query = `DELETE FROM event_ids WHERE project_id = '${erased.projectId}'`;
  await client.command({ query, clickhouse_settings: { mutations_sync: '1' } });
  expect(await known(erased)).toBeUndefined();
  expect(await known(kept)).toBeDefined();
});
