import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { type Cluster, onCluster } from './cluster';
import { isOfType } from './errors';

const table = 'schema_migration_lock';
const renewEveryMs = 2000;
const leftBehindMs = 10_000;
const pollMs = 200;

/**
 * Runs `work` while nobody else does who calls this for the same database; whoever comes later waits. ClickHouse has no
 * locks: this one is a table, which only one can create and the holder removes. Of a holder that has died it stays: it is
 * taken for that when it was not renewed for 10 s. A holder that merely stood still for as long has company then, so `work`
 * must be something that several may do at once. In a cluster all servers run the statements that make and remove tables in
 * the same order, so that there too only one can create it, and each of them has a copy of it.
 *
 * @throws whatever ClickHouse refuses, and what `work` throws
 */
export async function withMigrationLock<T>(
  client: ClickHouseClient,
  work: () => Promise<T>,
  cluster: Cluster | null = null,
): Promise<T> {
  await takeLock(client, cluster);
  const owner = randomUUID();
  const renew = () =>
    client.command({ query: `INSERT INTO ${table} SELECT {owner:String}`, query_params: { owner } });
  const renewing = setInterval(() => void renew().catch(() => undefined), renewEveryMs);
  try {
    await renew().catch(() => undefined);
    return await work();
  } finally {
    clearInterval(renewing);
    await removeLock(client, cluster).catch(() => undefined);
  }
}

async function takeLock(client: ClickHouseClient, cluster: Cluster | null): Promise<void> {
  let [seen, seenAtMs] = [await stateOf(client), performance.now()];
  while (!(await tryToCreate(client, cluster))) {
    await sleep(pollMs);
    const state = await stateOf(client);
    if (state !== seen) [seen, seenAtMs] = [state, performance.now()];
    else if (performance.now() - seenAtMs > leftBehindMs) await removeLock(client, cluster);
  }
}

async function tryToCreate(client: ClickHouseClient, cluster: Cluster | null): Promise<boolean> {
  try {
    await client.command({ query: createLock(cluster) });
    return true;
  } catch (error) {
    if (isOfType(error, ['TABLE_ALREADY_EXISTS'])) return false;
    throw error;
  }
}

/** The macro `uuid` is ClickHouse's own: no table has that of one that was removed a moment ago. */
export function createLock(cluster: Cluster | null): string {
  const engine =
    cluster === null
      ? 'Memory'
      : "ReplicatedMergeTree('/clickhouse/tables/{uuid}', '{shard}-{replica}') ORDER BY tuple()";
  return `CREATE TABLE ${table}${onCluster(cluster)} (owner String) ENGINE = ${engine}`;
}

async function removeLock(client: ClickHouseClient, cluster: Cluster | null): Promise<void> {
  await client.command({ query: `DROP TABLE IF EXISTS ${table}${onCluster(cluster)} SYNC` });
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
