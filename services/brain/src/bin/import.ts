import { EventStore, type EventStoreOptions } from '@otas/event-store';
import { createLogger, endOnSignal, parseSettings } from '@otas/http-kit';
import { describeFailure, fromPostgresArgument, ImportReport, Original } from '@otas/original';
import { Redactor } from '../capture/redactor';
import { brainSettings } from '../config';
import { importEvents } from '../import/import-events';
import { ImportScope } from '../import/scope';
import { migrateWhenUp } from '../migrate-when-up';

const usage = 'usage: import.js --from-postgres URL (or ORIGINAL_DATABASE_URL)';

/**
 * Imports the events of the original system, from the database that `--from-postgres` names into the ClickHouse of
 * `CLICKHOUSE_URL`. To be run after UASAM's import; it may be cut and run again at any time. `IMPORT_SCOPE_FILE` may name
 * the file that UASAM's import has left; without it all events are imported.
 *
 * Ends with 0 when every event is accounted for, with 1 when not or when it failed, with 2 when it was not told what to do.
 */
async function main(): Promise<number> {
  endOnSignal();
  const url = fromPostgresArgument(process.argv.slice(2), process.env);
  if (url === null) {
    console.error(usage);
    return 2;
  }
  const config = readConfig();
  const original = await Original.open(url);
  const options = storeOptions(config);
  const store = new EventStore(options);
  try {
    await migrateWhenUp(options, createLogger('brain', 'warn'));
    const report = new ImportReport(console.log);
    await importEvents({
      ...{ store, original },
      report: report.begin('backend_event', await original.count('backend_event')),
      rules: {
        redactor: new Redactor({ headerNames: config.REDACT_HEADERS, patterns: config.REDACT_PATTERNS }),
        bodyMaxBytes: config.EVENT_BODY_MAX_BYTES,
      },
      scope: ImportScope.read(process.env.IMPORT_SCOPE_FILE),
    });
    return report.conclude() ? 0 : 1;
  } finally {
    await Promise.all([original.close(), store.close()]);
  }
}

function readConfig() {
  const { CLICKHOUSE_URL, CLICKHOUSE_READER_URL, CLICKHOUSE_MIGRATOR_URL } = brainSettings;
  const { CLICKHOUSE_DATABASE, CLICKHOUSE_TIMEOUT_MS } = brainSettings;
  const { REDACT_HEADERS, REDACT_PATTERNS, EVENT_BODY_MAX_BYTES } = brainSettings;
  const clickhouse = { CLICKHOUSE_URL, CLICKHOUSE_READER_URL, CLICKHOUSE_MIGRATOR_URL };
  const rules = { REDACT_HEADERS, REDACT_PATTERNS, EVENT_BODY_MAX_BYTES };
  const settings = { ...clickhouse, CLICKHOUSE_DATABASE, CLICKHOUSE_TIMEOUT_MS, ...rules };
  return parseSettings(settings, process.env);
}

function storeOptions(config: ReturnType<typeof readConfig>): EventStoreOptions {
  return {
    url: config.CLICKHOUSE_URL,
    readerUrl: config.CLICKHOUSE_READER_URL,
    migratorUrl: config.CLICKHOUSE_MIGRATOR_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: 2,
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(describeFailure(error));
    process.exit(1);
  },
);
