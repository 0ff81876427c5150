import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import type { AgentEvent } from '@otas/event-schema';
import {
  agentEventRow,
  backendEventRow,
  ErasureStore,
  type ErasureTarget,
  EventStore,
  EventStoreUnavailable,
  encodeRows,
  migrate,
  type RowCounts,
} from '../src';
import { tablesOfProjects } from '../src/queries/erase';
import { makeEvent } from './support/make-event';

const options = {
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database: `erase_${randomUUID().replaceAll('-', '')}`,
  requestTimeoutMs: 20_000,
  connectionsMax: 8,
};
const client = createClient({ url: options.url, database: options.database });
let store: EventStore;
let erasures: ErasureStore;
beforeAll(async () => {
  await migrate(options);
  store = new EventStore(options);
  erasures = new ErasureStore(options);
});
afterAll(async () => {
  await Promise.all([store.close(), erasures.close(), client.close()]);
});

const now = Date.now() * 1000;
const month = 30 * 24 * 60 * 60 * 1_000_000;

/** Rows of a project in every table: two of each event (in two months), an id for each, a letter and counts. */
async function fill(projectId: string): Promise<void> {
  const backendEvents = [0, month].map((age) => makeEvent({ projectId, eventTime: now - age }));
  const agentEvents = backendEvents.map((event): AgentEvent => {
    const { agentId, agentSessionId, eventTime, createdAt } = event;
    const more = { toolCallId: null, toolName: null, isError: false, fields: '{}', redactedFields: [] };
    const ids = { eventId: randomUUID(), projectId, agentId, agentSessionId };
    return { ...ids, eventTime, createdAt, type: 'thinking', sequence: now, isHidden: false, ...more };
  });
  const rows = {
    backend_event: backendEvents.map((event) => encodeRows([backendEventRow(event)]).bytes),
    agent_event: agentEvents.map((event) => encodeRows([agentEventRow(event)]).bytes),
  };
  for (const kind of ['backend_event', 'agent_event'] as const) {
    await store.captured[kind].insertRows(rows[kind]);
    await store.captured[kind].insertIds(rows[kind].map((row) => ({ row, createdAt: now })));
  }
  const letter = { projectId, eventId: randomUUID(), createdAt: now, record: 'B', reason: 'a reason' };
  await store.insertDeadLetters([letter], false, now);
  const counts = { taken: 4, rejected: 0, waiting: 0, dead: 1 };
  await store.writeCaptureCounts(randomUUID(), new Map([[projectId, counts]]), now);
}

const zero = { taken: 0, rejected: 0, waiting: 0, dead: 0 };
const filled = { backend_events: 2, agent_events: 2, event_ids: 4, dead_letters: 1, capture_counts: 1 };

/** The rows of a project in every table that has a column for it, also those that are only hidden. */
async function countRows(projectId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of await listTables()) {
    const result = await client.query({
      query: `SELECT count() FROM ${table} WHERE project_id = '${projectId}' SETTINGS apply_deleted_mask = 0`,
      format: 'JSONCompactEachRow',
    });
    const [[count]] = (await result.json()) as [[string]];
    counts[table] = Number(count);
  }
  return counts;
}

async function listTables(): Promise<string[]> {
  const result = await client.query({
    query: `SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project_id'`,
    format: 'JSONCompactEachRow',
  });
  return ((await result.json()) as [string][]).map(([table]) => table);
}

/** Asks until nothing is found, and gives what was found first. */
async function eraseAll(targets: readonly ErasureTarget[]): Promise<Map<string, RowCounts>> {
  const first = await erasures.erase(targets);
  for (let found = first; found.size > 0; found = await erasures.erase(targets)) await sleep(20);
  return first;
}

const whole = (projectId: string): ErasureTarget => ({ projectId, agentId: null, sessionId: null });
const erase = (projectIds: readonly string[]) => eraseAll(projectIds.map(whole));

const countErasures = async (table: string): Promise<number> => {
  const query = `SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = '${table}'
    AND command LIKE '%DELETE%'`;
  const result = await client.query({ query, format: 'JSONCompactEachRow' });
  return Number(((await result.json()) as [[string]])[0][0]);
};

test('every table with a column for the project is one that is erased', async () => {
  expect((await listTables()).sort()).toEqual([...tablesOfProjects].sort());
});

test('nothing of the erased projects is left in any table, and all of the others', async () => {
  const [first, second, other] = [randomUUID(), randomUUID(), randomUUID()];
  for (const projectId of [first, other, second]) await fill(projectId);
  // So that all are in the same parts.
  for (const table of tablesOfProjects) await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
  expect(await countRows(first)).toEqual(filled);
  expect(await erase([first, second, randomUUID()])).toEqual(
    new Map([
      [first, filled],
      [second, filled],
    ]),
  );
  const nothing = Object.fromEntries(tablesOfProjects.map((table) => [table, 0]));
  for (const projectId of [first, second]) expect(await countRows(projectId)).toEqual(nothing);
  expect(await countRows(other)).toEqual(filled);
});

test('of an agent or a session all is erased but the counts of its project, and nothing of its neighbours', async () => {
  const projectId = randomUUID();
  const [agentId, otherAgentId] = [randomUUID(), randomUUID()];
  const [sessionId, otherSessionId, thirdSessionId] = [randomUUID(), randomUUID(), randomUUID()];
  const places = [
    [agentId, sessionId],
    [agentId, otherSessionId],
    [otherAgentId, thirdSessionId],
  ] as const;
  for (const [agent, agentSessionId] of places) {
    const event = makeEvent({ projectId, agentId: agent, agentSessionId });
    // The text of one event names the session of another.
    const row = encodeRows([backendEventRow({ ...event, path: `/"${agentId}","${sessionId}"` })]).bytes;
    await store.captured.backend_event.insertRows([row]);
    await store.captured.backend_event.insertIds([{ row, createdAt: now }]);
    const letter = { projectId, eventId: event.eventId, createdAt: now, record: `B${row}`, reason: 'none' };
    await store.insertDeadLetters([letter], false, now);
  }
  await store.writeCaptureCounts(randomUUID(), new Map([[projectId, { ...zero, taken: 3 }]]), now);
  for (const table of tablesOfProjects) await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
  const one = { backend_events: 1, event_ids: 1, dead_letters: 1 };
  const left = (rows: number) => ({ backend_events: rows, event_ids: rows, dead_letters: rows });
  const kept = { agent_events: 0, capture_counts: 1 };
  const of = { projectId, agentId };
  // In another project there is no such session.
  const elsewhere = { projectId: randomUUID(), agentId, sessionId };
  expect(await eraseAll([elsewhere])).toEqual(new Map());
  expect(await eraseAll([{ ...of, sessionId }])).toEqual(new Map([[sessionId, one]]));
  expect(await countRows(projectId)).toEqual({ ...left(2), ...kept });
  expect(await eraseAll([{ ...of, sessionId: null }])).toEqual(new Map([[agentId, one]]));
  expect(await countRows(projectId)).toEqual({ ...left(1), ...kept });
});

test('what arrives after an erasure is erased by the next call, and counted alone', async () => {
  const projectId = randomUUID();
  await fill(projectId);
  await erase([projectId]);
  await store.captured.backend_event.insertRows([
    encodeRows([backendEventRow(makeEvent({ projectId }))]).bytes,
  ]);
  expect(await erase([projectId])).toEqual(new Map([[projectId, { backend_events: 1 }]]));
  expect(await erase([projectId])).toEqual(new Map());
});

test('an erasure that is under way is not begun again', async () => {
  const projectId = randomUUID();
  await fill(projectId);
  await client.command({ query: 'SYSTEM STOP MERGES backend_events' });
  const before = await countErasures('backend_events');
  try {
    for (let call = 0; call < 3; call++) {
      const found = await erasures.erase([whole(projectId)]);
      expect(found.get(projectId)?.backend_events).toBe(2);
    }
    expect(await countErasures('backend_events')).toBe(before + 1);
  } finally {
    await client.command({ query: 'SYSTEM START MERGES backend_events' });
  }
  await erase([projectId]);
  expect(await countErasures('backend_events')).toBe(before + 1);
});

test('an event store that is away is said to be', async () => {
  const away = new ErasureStore({ ...options, url: 'http://127.0.0.1:9' });
  await expect(away.erase([whole(randomUUID())])).rejects.toThrow(EventStoreUnavailable);
  await away.close();
});
