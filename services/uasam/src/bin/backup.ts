import { runCommand } from '@otas/backup';
import { parseSettings } from '@otas/http-kit';
import { uasamSettings } from '../config';
import { backUp } from '../db/backup/back-up';

/** Writes all that UASAM has in the database of `DATABASE_URL` into an empty directory. */
runCommand('The backup of Postgres', '--to', async (dir) => {
  const { DATABASE_URL } = uasamSettings;
  const { tables } = await backUp(parseSettings({ DATABASE_URL }, process.env).DATABASE_URL, dir);
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
  console.log(JSON.stringify({ backup: 'postgres', dir, rows }));
});
