import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { isOfType } from './errors';

const table = 'schema_migration_lock';
const renewEveryMs = 2000;
const leftBehindMs = 10_000;
const pollMs = 200;

/**
 * Runs `work` while nobody else does who calls this for the same database; whoever comes later waits. ClickHouse has no
 * locks: this one is a table, which only one can create and the holder removes. Of a holder that has died it stays: it is
 * taken for that when it was not renewed for 10 s. A holder that merely stood still for as long has company then, so `work`
 * must be something that several may do at once.
 *
 * @throws whatever ClickHouse refuses, and what `work` throws
 */
export async function withMigrationLock<T>(client: ClickHouseClient, work: () => Promise<T>): Promise<T> {
  await takeLock(client);
  const owner = randomUUID();
  const renew = () =>
    client.command({ query: `INSERT INTO ${table} SELECT {owner:String}`, query_params: { owner } });
  const renewing = setInterval(() => void renew().catch(() => undefined), renewEveryMs);
  try {
    await renew().catch(() => undefined);
    return await work();
  } finally {
    clearInterval(renewing);
    await removeLock(client).catch(() => undefined);
  }
}

async function takeLock(client: ClickHouseClient): Promise<void> {
  let [seen, seenAtMs] = [await stateOf(client), performance.now()];
  while (!(await tryToCreate(client))) {
    await sleep(pollMs);
    const state = await stateOf(client);
    if (state !== seen) [seen, seenAtMs] = [state, performance.now()];
    else if (performance.now() - seenAtMs > leftBehindMs) await removeLock(client);
  }
}

async function tryToCreate(client: ClickHouseClient): Promise<boolean> {
  try {
    await client.command({ query: `CREATE TABLE ${table} (owner String) ENGINE = Memory` });
    return true;
  } catch (error) {
    if (isOfType(error, ['TABLE_ALREADY_EXISTS'])) return false;
    throw error;
  }
}

async function removeLock(client: ClickHouseClient): Promise<void> {
  await client.command({ query: `DROP TABLE IF EXISTS ${table} SYNC` });
}

/** A text that changes whenever the lock is renewed or changes hands; null: there is none. */
async function stateOf(client: ClickHouseClient): Promise<string | null> {
  try {
    const query = `SELECT any(owner), count() FROM ${table}`;
    const result = await client.query({ query, format: 'JSONCompactEachRow' });
    return await result.text();
  } catch (error) {
    if (isOfType(error, ['UNKNOWN_TABLE'])) return null;
    throw error;
  }
}
