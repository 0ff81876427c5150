import { runCommand } from '@otas/backup';
import { backUpEvents } from '@otas/event-store';
import { storeFromEnvironment } from '../backup/store-from-environment';

const waitMs = 30_000;

/** Writes all events in the ClickHouse of `CLICKHOUSE_URL` into an empty directory. Brain may go on capturing. */
runCommand('The backup of ClickHouse', '--to', async (dir) => {
  const { tables, waitingEvents } = await backUpEvents(storeFromEnvironment(process.env), dir, waitMs);
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
  console.log(JSON.stringify({ backup: 'clickhouse', dir, rows, waiting_events: waitingEvents }));
  if (waitingEvents > 0)
    console.error(
      `${waitingEvents} events are in the log of a Brain and not in ClickHouse: they are not in this backup. ` +
        'They stay in the log, until a Brain that has it delivers them.',
    );
});
