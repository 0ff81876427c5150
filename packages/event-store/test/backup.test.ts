import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import { backendEventRow, backUpEvents, EventStore, encodeRows, migrate, restoreEvents } from '../src';
import { leftOutTables, storedTables } from '../src/backup/tables';
import { makeEvent } from './support/make-event';

const newOptions = () => ({
  url: process.env.TEST_CLICKHOUSE_URL as string,
  database: `backup_${randomUUID().replaceAll('-', '')}`,
  requestTimeoutMs: 60_000,
  connectionsMax: 8,
});
const options = newOptions();
const client = createClient({ url: options.url });
let store: EventStore;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-backup-'));
  await migrate(options);
  store = new EventStore(options);
});
afterAll(async () => {
  await Promise.all([store.close(), client.close()]);
  await rm(dir, { recursive: true, force: true });
});

async function query<Row>(sql: string): Promise<Row[]> {
  return (await client.query({ query: sql, format: 'JSONCompactEachRow' })).json<Row>();
}

/** A number over all rows of a table as FINAL leaves them, whatever their order. */
async function contentOf(database: string, table: string): Promise<[string, string]> {
  const [row] = await query<[string, string]>(
    `SELECT toString(count()), toString(sum(cityHash64(*))) FROM ${database}.${table} FINAL`,
  );
  return row as [string, string];
}

async function insert(events: readonly BackendEvent[]): Promise<void> {
  const rows = events.map((event) => encodeRows([backendEventRow(event)]).bytes);
  await store.captured.backend_event.insertRows(rows);
  await store.captured.backend_event.insertIds(rows.map((row, at) => ({ row, createdAt: at + 1 })));
}

test('every table is either backed up, by its sort key, or left out for a reason', async () => {
  const found = await query<[string, string]>(
    `SELECT name, sorting_key FROM system.tables WHERE database = '${options.database}' ORDER BY name`,
  );
  const keys = storedTables.map(({ name, key }) => [name, key.map(([text]) => text).join(', ')]);
  const others = found.filter(([name]) => leftOutTables.every((one) => one !== name));
  expect(others).toEqual(keys.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
});

test('what is read in any number of parts comes back, with what was deleted and without what came twice', async () => {
  const [projectId, agentId] = [randomUUID(), randomUUID()];
  const sessions = Array.from({ length: 5 }, () => randomUUID());
  const at = Date.now() * 1000;
  const events = Array.from({ length: 500 }, (_, index) =>
    makeEvent({
      ...{ projectId, agentId, agentSessionId: sessions[index % 5] as string },
      // Three at the same time, and some a month apart.
      eventTime: at - Math.floor(index / 3) * 40_000_000_000,
      requestBody: index % 50 === 0 ? 'é"\\\n'.repeat(20_000) : null,
      latencyMs: index / 7,
    }),
  );
  await insert(events);
  await insert(events.slice(0, 100));
  const counts = { taken: 510, rejected: 1, waiting: 10, dead: 0 };
  await store.writeCaptureCounts(randomUUID(), new Map([[projectId, counts]]), at);
  const letter = { projectId, eventId: randomUUID(), createdAt: at, record: 'B{}', reason: 'none' };
  await store.insertDeadLetters([letter], false, at);
  for (const rowsPerFrame of [7, 90, 20_000]) {
    const place = path.join(dir, String(rowsPerFrame));
    const { waitingEvents } = await backUpEvents(options, place, 0, rowsPerFrame);
    expect(waitingEvents).toBe(10);
    const other = newOptions();
    const { tables } = await restoreEvents(other, place);
    expect(tables.find(({ name }) => name === 'backend_events')?.rows).toBe(500);
    for (const { name } of storedTables.filter((one) => one.name !== 'capture_counts'))
      expect([name, ...(await contentOf(other.database, name))]).toEqual([
        name,
        ...(await contentOf(options.database, name)),
      ]);
    expect(await query(`SELECT taken, waiting FROM ${other.database}.capture_counts`)).toEqual([[500, 0]]);
    await expect(restoreEvents(other, place)).rejects.toThrow('not empty');
    await client.command({ query: `DROP DATABASE ${other.database}` });
  }
}, 150_000);
