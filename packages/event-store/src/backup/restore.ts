import { isDeepStrictEqual } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { type BackupManifest, BackupReader, type BackupTable } from '@otas/backup';
import { createClickHouseClient, type EventStoreOptions } from '../client';
import { migrate } from '../migrate';
import { insertBytes, listMigrations, selectRows } from './statements';
import { storedTables } from './tables';

/**
 * Brings what `backUpEvents` wrote into an empty database, which gets its tables from this version. ClickHouse has no
 * transaction: what was cut leaves a part of the rows, which the next try refuses, until the database is dropped.
 *
 * @throws DamagedBackup before anything is changed; Error when the database is not empty, or the backup is of another
 *   version; EventStoreUnavailable
 */
export async function restoreEvents(options: EventStoreOptions, dir: string): Promise<BackupManifest> {
  const backup = await BackupReader.open(dir, 'clickhouse');
  await migrate(options);
  const client = createClickHouseClient(options, options.database);
  try {
    await refuseOther(client, backup.manifest);
    await refuseFilled(client);
    for (const table of backup.manifest.tables) {
      for await (const { data } of backup.read(table))
        await insertBytes(client, table.name, table.columns, data);
    }
    for (const table of backup.manifest.tables) await verify(client, table);
    return backup.manifest;
  } finally {
    await client.close();
  }
}

async function refuseOther(client: ClickHouseClient, { migrations, tables }: BackupManifest): Promise<void> {
  const names = tables.map(({ name }) => name);
  const isOfThis = isDeepStrictEqual(
    names,
    storedTables.map(({ name }) => name),
  );
  if (isOfThis && isDeepStrictEqual(migrations, await listMigrations(client))) return;
  throw new Error('the backup is of another version: restore it with that one, and upgrade then');
}

async function refuseFilled(client: ClickHouseClient): Promise<void> {
  for (const { name } of storedTables) {
    const [row] = await selectRows<[number]>(client, `SELECT 1 FROM ${name} LIMIT 1`, {});
    if (row !== undefined)
      throw new Error(
        `the database is not empty: there are rows in ${name}; after a restore that was cut, drop it first`,
      );
  }
}

/** Counts the keys, since a merge may have made one row of two meanwhile if they were the same. */
async function verify(client: ClickHouseClient, { name, rows }: BackupTable): Promise<void> {
  const key = storedTables.find((table) => table.name === name)?.key.map(([expression]) => expression);
  const [row] = await selectRows<[number]>(
    client,
    `SELECT count() FROM (SELECT 1 FROM ${name} GROUP BY ${key?.join(', ')})
      SETTINGS optimize_aggregation_in_order = 1`,
    {},
  );
  if (Number(row?.[0]) !== rows) throw new Error(`${name} has ${row?.[0]} rows, not ${rows}`);
}
