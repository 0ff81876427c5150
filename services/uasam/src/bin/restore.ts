import { runCommand } from '@otas/backup';
import { parseSettings } from '@otas/http-kit';
import { uasamSettings } from '../config';
import { restore } from '../db/backup/restore';

/** Brings a backup into the database of `DATABASE_URL`, which must be empty. No service may run on it meanwhile. */
runCommand('The restore of Postgres', '--from', async (dir) => {
  const { DATABASE_URL } = uasamSettings;
  const { tables } = await restore(parseSettings({ DATABASE_URL }, process.env).DATABASE_URL, dir);
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
  console.log(JSON.stringify({ restored: 'postgres', dir, rows }));
});
