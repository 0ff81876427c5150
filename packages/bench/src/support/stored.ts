import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from './event-store-parts';

const pollMs = 200;

/** The number of different events of a database. */
export async function countStored(client: ClickHouseClient): Promise<number> {
  const result = await client.query({
    query: 'SELECT count() FROM backend_events FINAL',
    format: 'JSONCompactEachRow',
  });
  const [row] = await result.json<[number]>();
  return row?.[0] ?? 0;
}

/** Waits until ClickHouse merges nothing, for at most `timeoutMs`: what one side left is not to slow the next. */
export async function untilMerged(client: ClickHouseClient, timeoutMs: number): Promise<void> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < timeoutMs) {
    const result = await client.query({
      query: 'SELECT count() FROM system.merges',
      format: 'JSONCompactEachRow',
    });
    if ((await result.json<[number]>())[0]?.[0] === 0) return;
    await sleep(pollMs);
  }
}
