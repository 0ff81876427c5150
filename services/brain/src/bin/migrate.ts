import { createLogger, endOnSignal, parseSettings } from '@otas/http-kit';
import { brainSettings, clusterOf } from '../config';
import { migrateWhenUp } from '../migrate-when-up';

/** Brings ClickHouse to the schema of this version and ends, with 0 also when there was nothing to do. */
async function main(): Promise<void> {
  endOnSignal();
  const { CLICKHOUSE_URL, CLICKHOUSE_MIGRATOR_URL, CLICKHOUSE_DATABASE } = brainSettings;
  const { CLICKHOUSE_CLUSTER, CLICKHOUSE_INSERT_QUORUM, CLICKHOUSE_TIMEOUT_MS, LOG_LEVEL } = brainSettings;
  const needed = {
    CLICKHOUSE_URL,
    CLICKHOUSE_MIGRATOR_URL,
    CLICKHOUSE_DATABASE,
    CLICKHOUSE_CLUSTER,
    CLICKHOUSE_INSERT_QUORUM,
    CLICKHOUSE_TIMEOUT_MS,
    LOG_LEVEL,
  };
  const config = parseSettings(needed, process.env);
  const options = {
    url: config.CLICKHOUSE_URL,
    migratorUrl: config.CLICKHOUSE_MIGRATOR_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: 1,
    cluster: clusterOf(config),
  };
  await migrateWhenUp(options, createLogger('brain', config.LOG_LEVEL));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`ClickHouse was not migrated: ${error instanceof Error ? error.message : 'unknown error'}`);
    process.exit(1);
  },
);
