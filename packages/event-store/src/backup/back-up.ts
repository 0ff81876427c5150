import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { type BackupManifest, BackupWriter, type Frame } from '@otas/backup';
import { createClickHouseClient, type EventStoreOptions } from '../client';
import { AnswerTooLarge } from '../errors';
import { conditionOf, type Key, type KeyRange, parametersOf } from './key-range';
import { listColumns, listMigrations, readBytes, selectRows } from './statements';
import { type StoredTable, storedTables } from './tables';

const rowsPerFrameDefault = 20_000;
const frameMaxBytes = 64 * 1024 * 1024;
const lookAgainMs = 500;

/**
 * Writes all events and what belongs to them into a directory, a table after the other and each in the order of its key, some
 * 20,000 rows or 64 MB at a time. Capturing goes on meanwhile; what it stores behind the place that was reached is in the
 * backup, what it stores before it is not.
 *
 * @param waitMs how long to wait at most until nothing is left in Brain's log, of what was taken in before
 * @param rowsPerFrame how many are read at once at most; fewer where they are large
 * @throws Error when the directory is not empty; EventStoreUnavailable
 */
export async function backUpEvents(
  options: EventStoreOptions,
  dir: string,
  waitMs: number,
  rowsPerFrame = rowsPerFrameDefault,
): Promise<BackupManifest> {
  const writer = await BackupWriter.create(dir, 'clickhouse');
  const client = createClickHouseClient(options, options.database);
  try {
    const waitingEvents = await waitForLogs(client, waitMs);
    const migrations = await listMigrations(client);
    for (const table of storedTables) {
      const columns = await listColumns(client, table.name);
      await writer.add(table.name, columns, readTable(client, table, columns, rowsPerFrame));
    }
    const [version] = await selectRows<[string]>(client, 'SELECT version()', {});
    return await writer.finish({ serverVersion: version?.[0] ?? '', migrations, waitingEvents });
  } finally {
    await client.close();
  }
}

/** Gives how many events are in logs of Brain alone, as its instances said last: 0 unless the time was not enough. */
async function waitForLogs(client: ClickHouseClient, waitMs: number): Promise<number> {
  for (const endsAtMs = performance.now() + waitMs; ; await sleep(lookAgainMs)) {
    const [row] = await selectRows<[number]>(client, 'SELECT sum(waiting) FROM capture_counts FINAL', {});
    const waiting = Number(row?.[0] ?? 0);
    if (waiting === 0 || performance.now() > endsAtMs) return waiting;
  }
}

async function* readTable(
  client: ClickHouseClient,
  table: StoredTable,
  columns: readonly string[],
  rowsPerFrameMax: number,
): AsyncGenerator<Frame, void> {
  let rowsPerFrame = rowsPerFrameMax;
  for (let behind: Key | null = null; ; ) {
    const upTo = await findEnd(client, table, behind, rowsPerFrame);
    try {
      const frame = await readFrame(client, table, columns, { behind, upTo });
      if (frame.rows > 0) yield frame;
    } catch (error) {
      if (!(error instanceof AnswerTooLarge) || rowsPerFrame === 1) throw error;
      rowsPerFrame = Math.ceil(rowsPerFrame / 4);
      continue;
    }
    if (upTo === null) return;
    behind = upTo;
    rowsPerFrame = Math.min(rowsPerFrame * 2, rowsPerFrameMax);
  }
}

/** The key of the row that is as many rows further; null: there are not so many. */
async function findEnd(
  client: ClickHouseClient,
  { name, key }: StoredTable,
  behind: Key | null,
  rows: number,
): Promise<Key | null> {
  const texts = key.map(([expression]) => `toString(${expression})`).join(', ');
  const order = key.map(([expression]) => expression).join(', ');
  const range = { behind, upTo: null };
  const sql = `SELECT ${texts} FROM ${name} WHERE ${conditionOf(key, range)} ORDER BY ${order} LIMIT 1 OFFSET ${rows - 1}`;
  const [found] = await selectRows<string[]>(client, sql, parametersOf(range));
  return found ?? null;
}

/** The rows of a range, in the format JSONCompactEachRow; of those that a merge would make one, that one, also a deleted one. */
async function readFrame(
  client: ClickHouseClient,
  { name, key, version, replaced = {} }: StoredTable,
  columns: readonly string[],
  range: KeyRange,
): Promise<Frame> {
  const values = columns.map((column) => replaced[column] ?? column).join(', ');
  const order = key.map(([expression]) => expression).join(', ');
  const sql = `SELECT ${values} FROM ${name} WHERE ${conditionOf(key, range)}
    ORDER BY ${order}, ${version} DESC LIMIT 1 BY ${order}`;
  const data = await readBytes(client, sql, parametersOf(range), frameMaxBytes);
  let rows = 0;
  // No text in JSON has a line end by itself.
  for (let at = data.indexOf(10); at !== -1; at = data.indexOf(10, at + 1)) rows++;
  return { rows, data };
}
