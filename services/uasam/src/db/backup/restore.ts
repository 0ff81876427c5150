import { isDeepStrictEqual } from 'node:util';
import { type BackupManifest, BackupReader, type BackupTable, DamagedBackup } from '@otas/backup';
import type pg from 'pg';
import { migrate } from '../migrate';
import { inTransaction, listColumns, listMigrations } from './session';
import { backedUpTables } from './tables';

/**
 * Brings what {@link backUp} wrote into an empty database, which gets its tables from this version: all of it, or nothing.
 *
 * @throws DamagedBackup; Error when the database is not empty, or the backup is of another version
 */
export async function restore(url: string, dir: string): Promise<BackupManifest> {
  const backup = await BackupReader.open(dir, 'postgres');
  await migrate(url);
  await inTransaction(url, '', async (client) => {
    const tables = backedUpTables.map((name) => `"${name}"`).join(', ');
    await client.query(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
    await refuse(client, backup.manifest);
    for (const table of backup.manifest.tables) await fill(client, backup, table);
  });
  return backup.manifest;
}

/**
 * Whether {@link restore} would begin: for whoever restores something else before it. Makes the tables, and nothing else.
 *
 * @throws what {@link restore} throws before it writes
 */
export async function checkRestore(url: string, dir: string): Promise<void> {
  const backup = await BackupReader.open(dir, 'postgres');
  await migrate(url);
  await inTransaction(url, 'READ ONLY', (client) => refuse(client, backup.manifest));
}

async function refuse(client: pg.Client, manifest: BackupManifest): Promise<void> {
  await refuseOther(client, manifest);
  await refuseFilled(client);
}

async function refuseOther(client: pg.Client, { migrations, tables }: BackupManifest): Promise<void> {
  const names = tables.map(({ name }) => name);
  if (
    isDeepStrictEqual(migrations, await listMigrations(client)) &&
    isDeepStrictEqual(names, [...backedUpTables])
  )
    return;
  throw new Error('the backup is of another version: restore it with that one, and upgrade then');
}

async function refuseFilled(client: pg.Client): Promise<void> {
  for (const table of backedUpTables) {
    const { rowCount } = await client.query(`SELECT 1 FROM "${table}" LIMIT 1`);
    if (rowCount !== 0) throw new Error(`the database is not empty: there are rows in ${table}`);
  }
}

async function fill(client: pg.Client, backup: BackupReader, table: BackupTable): Promise<void> {
  const types = new Map((await listColumns(client, table.name)).map(({ name, type }) => [name, type]));
  const known = table.columns.filter((name) => types.has(name));
  if (known.length !== table.columns.length) throw new DamagedBackup(`${table.name} has other columns`);
  const names = table.columns.map((name) => `"${name}"`).join(', ');
  const arrays = table.columns.map((_, at) => `$${at + 1}::text[]`).join(', ');
  const values = table.columns.map((name) => `row."${name}"::${types.get(name)}`).join(', ');
  const insert = `INSERT INTO "${table.name}" (${names}) SELECT ${values} FROM unnest(${arrays}) AS row (${names})`;
  for await (const { data } of backup.read(table)) {
    const rows = JSON.parse(data.toString()) as (string | null)[][];
    await client.query(
      insert,
      table.columns.map((_, at) => rows.map((row) => row[at])),
    );
  }
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM "${table.name}"`);
  if (Number(rows[0]?.count) !== table.rows)
    throw new Error(`${table.name} has ${rows[0]?.count} rows, not ${table.rows}`);
}
