import { type ClickHouseClient, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { type Cluster, clusterSettings } from './cluster';
import type { Retention } from './retention';

export interface EventStoreOptions {
  /** `http://user:password@host:8123`, of a user who may read and write. */
  readonly url: string;
  /** The same of a user who may only read, for what is read on behalf of others; null: `url`. */
  readonly readerUrl?: string | null;
  /** The same of a user who may change the schema; null: `url`. */
  readonly migratorUrl?: string | null;
  /** Made by `migrate` when it is not there. */
  readonly database: string;
  /** How long one request may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How many requests may be under way at once. */
  readonly connectionsMax: number;
  /** Of which the server is one; null, or not given: it is the only one. */
  readonly cluster?: Cluster | null;
  /** What readers do not see any more; left out: they see all. */
  readonly retention?: Retention;
}

/** The official client with {@link settingsOf}. */
export function createClickHouseClient(options: EventStoreOptions, database?: string): ClickHouseClient {
  return createClient({
    url: options.url,
    ...(database === undefined ? {} : { database }),
    request_timeout: options.requestTimeoutMs,
    max_open_connections: options.connectionsMax,
    // A lookup of many ids does not fit into a URL.
    use_multipart_params_auto: true,
    keep_alive: { enabled: true, idle_socket_ttl: 2000 },
    log: { level: 127 as never },
    clickhouse_settings: settingsOf(options),
  });
}

/** Every setting on which our promises rest: defaults differ between versions. */
export function settingsOf(options: EventStoreOptions): ClickHouseSettings {
  const { cluster, requestTimeoutMs } = options;
  return {
    // An insert is answered when its rows are in the table, and takes its rows as they are.
    async_insert: 0,
    insert_deduplicate: 0,
    deduplicate_blocks_in_dependent_materialized_views: 0,
    date_time_input_format: 'basic',
    precise_float_parsing: 1,
    input_format_skip_unknown_fields: 0,
    // Columns are those that the data name, in their order.
    input_format_with_names_use_header: 1,
    // Splitting the work of reading pays from 10 MB on, and costs a third of a millisecond below.
    input_format_parallel_parsing: 0,
    // A row that an earlier version left in the log lacks the columns that came later, which stand at the end.
    input_format_json_compact_allow_variable_number_of_columns: 1,
    // Whole numbers up to 2⁵³ come as JSON numbers: microseconds since 1970 are below that.
    output_format_json_quote_64bit_integers: 0,
    // A key holds its time, so equal keys are in one partition.
    do_not_merge_across_partitions_select_final: 1,
    max_execution_time: Math.ceil(requestTimeoutMs / 1000),
    ...(cluster ? clusterSettings(cluster, requestTimeoutMs) : {}),
  };
}
