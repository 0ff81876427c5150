import { randomUUID } from 'node:crypto';
import type { AgentEvent } from '@otas/event-schema';
import {
  type AgentEventPage,
  type AgentEventPlace,
  agentEventOfRow,
  agentEventRow,
  EventStore,
  EventsRejected,
  encodeRows,
  migrate,
} from '../src';

const options = {
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database: `agent_${randomUUID().replaceAll('-', '')}`,
  requestTimeoutMs: 20_000,
  connectionsMax: 8,
};
let store: EventStore;
beforeAll(async () => {
  await migrate(options);
  store = new EventStore(options);
});
afterAll(() => store.close());

const startMicros = Date.now() * 1000;
const newSession = () => ({ projectId: randomUUID(), agentId: randomUUID(), sessionId: randomUUID() });
type Session = ReturnType<typeof newSession>;

let sequence = startMicros;
function makeEvent(session: Session, more: Partial<AgentEvent> = {}): AgentEvent {
  sequence++;
  return {
    eventId: randomUUID(),
    eventTime: startMicros,
    projectId: session.projectId,
    agentId: session.agentId,
    agentSessionId: session.sessionId,
    type: 'tool_output',
    sequence,
    toolCallId: 'call \u0000 "1"',
    toolName: null,
    isError: true,
    fields: '{"n":12345678901234567890,"text":"\\u0000 \\\\ 漢"}',
    redactedFields: ['content'],
    createdAt: startMicros + 7,
    isHidden: false,
    ...more,
  };
}

const insert = (...events: AgentEvent[]) =>
  store.captured.agent_event.insertRows([encodeRows(events.map(agentEventRow)).bytes]);

const readPage = async (page: AgentEventPage) => (await store.agentEvents.readPage(page)).events;
const count = async (session: Session, includeHidden: boolean) =>
  (await store.agentEvents.readPage({ ...session, limit: 1, after: null, includeHidden })).totalCount;

async function readAll(session: Session, limit: number, includeHidden = false): Promise<string[]> {
  const ids: string[] = [];
  let after: AgentEventPlace | null = null;
  for (;;) {
    const { events: page } = await store.agentEvents.readPage({ ...session, limit, after, includeHidden });
    ids.push(...page.map((event) => event.eventId));
    if (page.length < limit) return ids;
    after = page.at(-1) ?? null;
  }
}

test('an event comes back as it went in', async () => {
  const session = newSession();
  const event = makeEvent(session);
  expect(agentEventOfRow(encodeRows([agentEventRow(event)]).bytes.toString())).toEqual(event);
  await insert(event);
  const { eventId, eventTime, type, fields, isHidden } = event;
  const stored = { eventId, eventTime, sequence: event.sequence, type, fields, isHidden };
  expect(await store.agentEvents.find(session, eventId)).toEqual(stored);
  expect(await readPage({ ...session, limit: 5, after: null, includeHidden: false })).toEqual([stored]);
});

test('of one moment, events come in the order of recording, on however many pages', async () => {
  const session = newSession();
  const events = Array.from({ length: 50 }, (_, at) =>
    makeEvent(session, { eventTime: startMicros + (at < 10 ? 0 : at < 40 ? 1000 : 2000) }),
  );
  await insert(...[...events].reverse());
  for (const limit of [1, 3, 10, 100])
    expect(await readAll(session, limit)).toEqual(events.map((one) => one.eventId));
});

test('another session, agent or project has none of them', async () => {
  const session = newSession();
  const event = makeEvent(session);
  await insert(event);
  for (const name of ['projectId', 'agentId', 'sessionId'] as const) {
    const other = { ...session, [name]: randomUUID() };
    expect(await readAll(other, 10)).toEqual([]);
    expect(await store.agentEvents.find(other, event.eventId)).toBeNull();
    expect(await count(other, true)).toBe(0);
    await store.agentEvents.change(other, event, 'delete', startMicros + 1);
  }
  expect(await count(session, true)).toBe(1);
});

test('an event recorded many times is one, in pages and counts', async () => {
  const session = newSession();
  const [one, two] = [makeEvent(session), makeEvent(session)];
  for (let times = 0; times < 30; times++) await insert(one);
  await insert(one, two);
  expect(await readAll(session, 1)).toEqual([one.eventId, two.eventId]);
  expect(await count(session, false)).toBe(2);
});

test('hiding, showing and deleting are seen by the next read, and by the next count', async () => {
  const session = newSession();
  const events = [makeEvent(session), makeEvent(session), makeEvent(session)] as const;
  const [first, second, third] = events.map((event) => event.eventId);
  await insert(...events);
  const { agentEvents } = store;
  const counts = async () => [await count(session, false), await count(session, true)];
  expect(await counts()).toEqual([3, 3]);
  await agentEvents.change(session, events[1], 'hide', startMicros + 1);
  expect(await readAll(session, 2)).toEqual([first, third]);
  expect(await readAll(session, 2, true)).toEqual([first, second, third]);
  expect(await counts()).toEqual([2, 3]);
  expect(await agentEvents.find(session, events[1].eventId)).toMatchObject({ isHidden: true });
  await agentEvents.change(session, events[1], 'unhide', startMicros + 2);
  expect(await readAll(session, 2)).toEqual([first, second, third]);
  await agentEvents.change(session, events[0], 'delete', startMicros + 3);
  expect(await counts()).toEqual([2, 2]);
  expect(await readAll(session, 2, true)).toEqual([second, third]);
  expect(await agentEvents.find(session, events[0].eventId)).toBeNull();
});

test('what was deleted stays so, whatever is recorded or changed afterwards', async () => {
  const session = newSession();
  const event = makeEvent(session);
  await insert(event);
  await store.agentEvents.change(session, event, 'delete', startMicros);
  await insert(event);
  await store.agentEvents.change(session, event, 'hide', startMicros + 9);
  expect(await readAll(session, 10, true)).toEqual([]);
});

test('an event that is recorded again stays hidden', async () => {
  const session = newSession();
  const event = makeEvent(session);
  await insert(event);
  await store.agentEvents.change(session, event, 'hide', startMicros);
  await insert(event);
  expect(await readAll(session, 10)).toEqual([]);
});

test('pages are full behind thousands of hidden and deleted events', async () => {
  const session = newSession();
  const events = Array.from({ length: 3000 }, (_, at) =>
    makeEvent(session, { eventTime: startMicros + at * 1000 }),
  );
  await insert(...events);
  const changed = events.slice(1, 2999);
  for (const event of [changed[0], changed.at(-1)] as AgentEvent[])
    await store.agentEvents.change(session, event, 'hide', startMicros);
  expect(await readAll(session, 100)).toHaveLength(2998);
  await Promise.all(
    changed.slice(0, 300).map((event) => store.agentEvents.change(session, event, 'delete', startMicros)),
  );
  const left = [events[0], ...changed.slice(300, -1), events.at(-1)].map((event) => event?.eventId);
  expect(await readAll(session, 10)).toEqual(left);
  expect(await count(session, false)).toBe(2699);
});

test('pages are full and counts exact while a session goes on, with long pauses and bursts', async () => {
  const session = newSession();
  const expected: string[] = [];
  let time = startMicros;
  for (let burst = 0; burst < 8; burst++) {
    const events = Array.from({ length: 30 }, (_, at) => makeEvent(session, { eventTime: time + at * 1000 }));
    time += 3_600_000_000 * (burst + 1);
    await insert(...events);
    expected.push(...events.map((event) => event.eventId));
    expect(await count(session, false)).toBe(expected.length);
    expect(await readAll(session, 7)).toEqual(expected);
  }
});

test('events are found by their ids, also where an id has another time than the event', async () => {
  const session = newSession();
  const v7 = '01890000-0000-7000-8000-000000000000';
  const events = [makeEvent(session, { eventId: v7 }), makeEvent(session)] as const;
  await insert(...events);
  expect((await store.agentEvents.find(session, v7))?.eventId).toBe(v7);
  const found = await store.agentEvents.findMany(session, [v7, events[1].eventId, randomUUID()]);
  expect([...found.keys()].sort()).toEqual([v7, events[1].eventId].sort());
});

test('ids of one kind are not known for the other', async () => {
  const event = makeEvent(newSession());
  const row = encodeRows([agentEventRow(event)]).bytes;
  await store.captured.agent_event.insertIds([{ createdAt: event.createdAt, row }]);
  await store.captured.agent_event.insertRows([row]);
  expect((await store.captured.agent_event.findKnown([event])).size).toBe(1);
  expect((await store.captured.backend_event.findKnown([event])).size).toBe(0);
});

test('of twins under one id only the first is left', async () => {
  const session = newSession();
  const first = makeEvent(session);
  const twin = { ...first, eventTime: first.eventTime + 5000, createdAt: first.createdAt + 5 };
  const rows = [first, twin].map((event) => ({ ...event, row: encodeRows([agentEventRow(event)]).bytes }));
  const captured = store.captured.agent_event;
  await captured.insertIds(rows);
  await captured.insertRows(rows.map(({ row }) => row));
  await captured.removeLaterTwins(first, first.createdAt);
  const found = await readPage({ ...session, limit: 9, after: null, includeHidden: true });
  expect(found.map((event) => event.eventTime)).toEqual([first.eventTime]);
});

test('a row that ClickHouse can never take is EventsRejected', async () => {
  await expect(insert(makeEvent(newSession(), { eventId: 'no UUID' }))).rejects.toBeInstanceOf(
    EventsRejected,
  );
});
