import type { EventStoreOptions } from '@otas/event-store';
import { parseSettings } from '@otas/http-kit';
import { brainSettings, clusterOf } from '../config';

const statementTimeoutMs = 10 * 60_000;

/** The event store as programs beside Brain reach it: with more time for a statement than a request has. */
export function storeFromEnvironment(env: NodeJS.ProcessEnv): EventStoreOptions {
  const { CLICKHOUSE_URL, CLICKHOUSE_MIGRATOR_URL, CLICKHOUSE_DATABASE } = brainSettings;
  const { CLICKHOUSE_CLUSTER, CLICKHOUSE_INSERT_QUORUM } = brainSettings;
  const needed = {
    ...{ CLICKHOUSE_URL, CLICKHOUSE_MIGRATOR_URL, CLICKHOUSE_DATABASE },
    ...{ CLICKHOUSE_CLUSTER, CLICKHOUSE_INSERT_QUORUM },
  };
  const config = parseSettings(needed, env);
  return {
    url: config.CLICKHOUSE_URL,
    migratorUrl: config.CLICKHOUSE_MIGRATOR_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: statementTimeoutMs,
    connectionsMax: 2,
    cluster: clusterOf(config),
  };
}
