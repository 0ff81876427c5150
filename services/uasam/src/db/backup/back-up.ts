import { type BackupManifest, BackupWriter, type Frame } from '@otas/backup';
import type pg from 'pg';
import { inTransaction, listColumns, listMigrations } from './session';
import { backedUpTables } from './tables';

/** A session may hold a megabyte. */
const rowsPerFrame = 200;

/**
 * Writes all that UASAM has into a directory: every row as it is at one moment, each value in the text that Postgres itself
 * writes and reads. Others go on meanwhile; those of an embedded Postgres wait.
 *
 * @throws Error when the directory is not empty, or the database is not one of this version
 */
export async function backUp(url: string, dir: string): Promise<BackupManifest> {
  const writer = await BackupWriter.create(dir, 'postgres');
  return inTransaction(url, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', async (client) => {
    const migrations = await listMigrations(client);
    for (const table of backedUpTables) {
      const columns = (await listColumns(client, table)).map(({ name }) => name);
      await writer.add(table, columns, readTable(client, table, columns));
    }
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return writer.finish({ serverVersion: rows[0]?.server_version ?? '', migrations, waitingEvents: 0 });
  });
}

async function* readTable(
  client: pg.Client,
  table: string,
  columns: readonly string[],
): AsyncGenerator<Frame, void> {
  const texts = columns.map((name) => `"${name}"::text`).join(', ');
  await client.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT ${texts} FROM "${table}"`);
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH ${rowsPerFrame} FROM backup_rows`,
      rowMode: 'array',
    });
    if (rows.length > 0) yield { rows: rows.length, data: Buffer.from(JSON.stringify(rows)) };
    if (rows.length < rowsPerFrame) break;
  }
  await client.query('CLOSE backup_rows');
}
