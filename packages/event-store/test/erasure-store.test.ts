import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import type { AgentEvent } from '@otas/event-schema';
import {
  agentEventRow,
  backendEventRow,
  type ErasureState,
  ErasureStore,
  EventStore,
  EventStoreUnavailable,
  migrate,
} from '../src';
import { tablesOfProjects } from '../src/queries/erase-projects';
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
    return { ...ids, eventTime, createdAt, type: 'input', sequence: now, isHidden: false, ...more };
  });
  const rows = {
    backend_event: backendEvents.map((event) => Buffer.from(backendEventRow(event))),
    agent_event: agentEvents.map((event) => Buffer.from(agentEventRow(event))),
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

/** Asks until nothing remains, and gives what was begun. */
async function erase(projectIds: readonly string[]): Promise<ErasureState['begun'][]> {
  const begun: ErasureState['begun'][] = [];
  for (;;) {
    const state = await erasures.eraseProjects(projectIds);
    if (state.begun.size > 0) begun.push(state.begun);
    if (state.remaining.size === 0) return begun;
    await sleep(20);
  }
}

test('every table with a column for the project is one that is erased', async () => {
  expect((await listTables()).sort()).toEqual([...tablesOfProjects].sort());
});

test('nothing of the erased projects is left in any table, and all of the others', async () => {
  const [first, second, other] = [randomUUID(), randomUUID(), randomUUID()];
  for (const projectId of [first, other, second]) await fill(projectId);
  // So that all are in the same parts.
  for (const table of tablesOfProjects) await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
  expect(await countRows(first)).toEqual(filled);
  expect(await erase([first, second, randomUUID()])).toEqual([
    new Map([
      [first, filled],
      [second, filled],
    ]),
  ]);
  const nothing = Object.fromEntries(tablesOfProjects.map((table) => [table, 0]));
  for (const projectId of [first, second]) expect(await countRows(projectId)).toEqual(nothing);
  expect(await countRows(other)).toEqual(filled);
});

test('what arrives after an erasure is erased by the next call, and counted alone', async () => {
  const projectId = randomUUID();
  await fill(projectId);
  await erase([projectId]);
  await store.captured.backend_event.insertRows([Buffer.from(backendEventRow(makeEvent({ projectId })))]);
  expect(await erase([projectId])).toEqual([new Map([[projectId, { backend_events: 1 }]])]);
  expect(await erase([projectId])).toEqual([]);
});

test('an erasure that is under way is not begun again', async () => {
  const projectId = randomUUID();
  await fill(projectId);
  await client.command({ query: 'SYSTEM STOP MERGES backend_events' });
  try {
    const states = [];
    for (let call = 0; call < 3; call++) states.push(await erasures.eraseProjects([projectId]));
    expect(states.map(({ begun }) => begun.get(projectId)?.backend_events)).toEqual([
      2,
      undefined,
      undefined,
    ]);
    expect(states[2]?.remaining).toEqual(new Set([projectId]));
  } finally {
    await client.command({ query: 'SYSTEM START MERGES backend_events' });
  }
  expect(await erase([projectId])).toEqual([]);
});

test('an event store that is away is said to be', async () => {
  const away = new ErasureStore({ ...options, url: 'http://127.0.0.1:9' });
  await expect(away.eraseProjects([randomUUID()])).rejects.toThrow(EventStoreUnavailable);
  await away.close();
});
