import path from 'node:path';

/** What the bench uses of the official client of ClickHouse. */
export interface ClickHouseClient {
  insert(params: {
    table: string;
    columns: readonly string[];
    values: readonly (readonly unknown[])[];
    format: 'JSONCompactEachRow';
  }): Promise<unknown>;
  query(params: {
    query: string;
    query_params?: Record<string, unknown>;
    clickhouse_settings?: Record<string, unknown>;
    format: 'JSONCompactEachRow';
  }): Promise<{ json<Row>(): Promise<Row[]> }>;
  command(params: {
    query: string;
    query_params?: Record<string, unknown>;
    clickhouse_settings?: Record<string, unknown>;
  }): Promise<unknown>;
  close(): Promise<void>;
}

interface EventStoreParts {
  createClickHouseClient(options: EventStoreOptions, database?: string): ClickHouseClient;
  readonly backendEventColumns: readonly string[];
  readonly sessionEvents: NamedQuery;
  readonly latencyPercentiles: NamedQuery;
  readonly agentEventPage: NamedQuery;
  exportRows(scope: object, after: null): string;
  exportAll(scope: object): string;
}

interface EventStoreOptions {
  readonly url: string;
  readonly database: string;
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
}

interface NamedQuery {
  sql(parameters: Record<string, unknown>): string;
  readonly settings?: Record<string, unknown>;
}

/**
 * Parts of event-store that it keeps to itself, so that a reference runs the very statements that Brain runs: the
 * official client with the same settings, the columns, and the queries.
 */
export const eventStoreParts: EventStoreParts = {
  ...load('client'),
  ...load('backend-event-row'),
  ...load('queries/session-events'),
  ...load('queries/latency-percentiles'),
  ...load('queries/agent-event-page'),
  ...load('queries/export-events'),
} as EventStoreParts;

function load(module: string): object {
  const main = path.dirname(require.resolve('@otas/event-store'));
  return require(path.join(main, `${module}.js`)) as object;
}

/** The official client as event-store makes it. */
export function connectDirectly(url: string, database: string): ClickHouseClient {
  const options = { url, database, requestTimeoutMs: 600_000, connectionsMax: 16 };
  return eventStoreParts.createClickHouseClient(options, database);
}
