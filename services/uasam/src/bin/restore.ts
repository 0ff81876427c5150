import { runCommand } from '@otas/backup';
import { parseSettings } from '@otas/http-kit';
import { uasamSettings } from '../config';
import { checkRestore, restore } from '../db/backup/restore';

const databaseUrl = (): string =>
  parseSettings({ DATABASE_URL: uasamSettings.DATABASE_URL }, process.env).DATABASE_URL;

/**
 * Brings a backup into the database of `DATABASE_URL`, which must be empty. No service may run on it meanwhile. With `--check` it
 * only says whether that would begin.
 */
runCommand(
  'The restore of Postgres',
  '--from',
  async (dir) => {
    const { tables } = await restore(databaseUrl(), dir);
    const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
    console.log(JSON.stringify({ restored: 'postgres', dir, rows }));
  },
  (dir) => checkRestore(databaseUrl(), dir),
);
