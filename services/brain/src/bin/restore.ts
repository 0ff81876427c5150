import { runCommand } from '@otas/backup';
import { restoreEvents } from '@otas/event-store';
import { storeFromEnvironment } from '../backup/store-from-environment';

/** Brings a backup into the ClickHouse of `CLICKHOUSE_URL`, which must be empty. No service may run on it meanwhile. */
runCommand('The restore of ClickHouse', '--from', async (dir) => {
  const { tables } = await restoreEvents(storeFromEnvironment(process.env), dir);
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
  console.log(JSON.stringify({ restored: 'clickhouse', dir, rows }));
});
