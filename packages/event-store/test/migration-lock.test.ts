import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { migrate } from '../src';
import { withMigrationLock } from '../src/migration-lock';

const url = process.env.TEST_CLICKHOUSE_URL as string;
const database = `lock_${randomUUID().replaceAll('-', '')}`;
let client: ClickHouseClient;

beforeAll(async () => {
  // A lock that is held is a refusal, which the client would log.
  client = createClient({ url, database, log: { level: 127 as never } });
  await fetch(url, { method: 'POST', body: `CREATE DATABASE ${database}` });
});
afterAll(() => client.close());

const tables = async () => {
  const result = await client.query({ query: 'SHOW TABLES', format: 'JSONCompactEachRow' });
  return (await result.json<[string]>()).flat();
};

test('of many who want the lock one works at a time, and it is gone in the end', async () => {
  let [working, most, done] = [0, 0, 0];
  const work = async () => {
    working++;
    most = Math.max(most, working);
    await client.command({ query: 'SELECT sleep(0.05) FORMAT Null' });
    working--;
    done++;
  };
  await Promise.all(Array.from({ length: 5 }, () => withMigrationLock(client, work)));
  expect([most, done]).toEqual([1, 5]);
  expect(await tables()).toEqual([]);
});

test('work that fails gives the lock back', async () => {
  const fault = new Error('a migration failed');
  await expect(withMigrationLock(client, () => Promise.reject(fault))).rejects.toBe(fault);
  expect(await tables()).toEqual([]);
});

test('a lock whose holder has died is removed, and the migrations are run', async () => {
  await client.command({ query: 'CREATE TABLE schema_migration_lock (owner String) ENGINE = Memory' });
  await client.command({ query: "INSERT INTO schema_migration_lock SELECT 'somebody who is no more'" });
  const options = { url, database, requestTimeoutMs: 20_000, connectionsMax: 2 };
  expect(await migrate(options)).toContain('0001_backend_events.sql');
  expect(await tables()).not.toContain('schema_migration_lock');
});

test('a lock that is renewed is waited for, however long it is held', async () => {
  const order: string[] = [];
  const holder = withMigrationLock(client, async () => {
    // Longer than a lock without renewal would last.
    while ((await countRows()) < 7) await sleep(100);
    order.push('holder');
  });
  while (!(await tables()).includes('schema_migration_lock')) await sleep(10);
  await withMigrationLock(client, async () => void order.push('waiter'));
  await holder;
  expect(order).toEqual(['holder', 'waiter']);
});

async function countRows(): Promise<number> {
  const query = 'SELECT count() FROM schema_migration_lock';
  const result = await client.query({ query, format: 'JSONCompactEachRow' });
  return Number((await result.json<[string]>())[0]?.[0]);
}
