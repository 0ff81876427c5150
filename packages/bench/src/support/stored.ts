import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from './event-store-parts';

const pollMs = 200;
const rowsPollMs = 10;
const rowsTimeoutMs = 30_000;

/** The number of different events of a database. */
export const countStored = (client: ClickHouseClient): Promise<number> =>
  askNumber(client, 'SELECT count() FROM backend_events FINAL');

/** The number of rows, which is that of events where none was written twice. */
export const countRows = (client: ClickHouseClient): Promise<number> =>
  askNumber(client, 'SELECT count() FROM backend_events');

/** @throws Error when there are not as many rows after 30 s */
export async function untilRows(client: ClickHouseClient, count: number): Promise<void> {
  const startedMs = performance.now();
  while ((await countRows(client)) < count) {
    if (performance.now() - startedMs > rowsTimeoutMs) throw new Error(`not ${count} events are stored`);
    await sleep(rowsPollMs);
  }
}

/** Waits until ClickHouse merges nothing, for at most `timeoutMs`: what one side left is not to slow the next. */
export async function untilMerged(client: ClickHouseClient, timeoutMs: number): Promise<void> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < timeoutMs) {
    if ((await askNumber(client, 'SELECT count() FROM system.merges')) === 0) return;
    await sleep(pollMs);
  }
}

async function askNumber(client: ClickHouseClient, query: string): Promise<number> {
  const result = await client.query({ query, format: 'JSONCompactEachRow' });
  return (await result.json<[number]>())[0]?.[0] ?? 0;
}
