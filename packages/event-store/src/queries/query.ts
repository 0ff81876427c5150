import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { DirectConnection } from '../direct-connection';
import { orUnavailable } from '../errors';
import { Reader } from '../reader';

/** A named statement whose parameters are bound by ClickHouse (`{name:Type}`) and whose rows are `Row`. */
export interface Query<Parameters extends Record<string, unknown>, Row> {
  /** For logs and ClickHouse's own query log. */
  readonly name: string;
  sql(parameters: Parameters): string;
  /** Settings of ClickHouse for this statement alone. */
  readonly settings?: ClickHouseSettings;
  /** Never set: it only carries the type. */
  readonly row?: Row;
}

/**
 * Runs a query and gives all its rows, each in the order of the statement's columns. By a reader, a query with a `projectId`
 * does not see that project's events past their retention.
 */
export function run<Parameters extends Record<string, unknown>, Row>(
  by: ClickHouseClient | Reader,
  query: Query<Parameters, Row>,
  parameters: Parameters,
): Promise<Row[]> {
  return orUnavailable(async () => {
    const [client, filters] =
      by instanceof Reader ? [by.client, await by.settingsFor(parameters.projectId)] : [by, {}];
    const result = await client.query({
      query: query.sql(parameters),
      query_params: parameters,
      format: 'JSONCompactEachRow',
      clickhouse_settings: { ...query.settings, ...filters, log_comment: query.name },
    });
    return await result.json<Row>();
  });
}

/** The same over our own connections, for a query that capturing runs with each insert; its parameters are ids and names. */
export function runDirectly<Parameters extends Record<string, string | readonly string[]>, Row>(
  connection: DirectConnection,
  query: Query<Parameters, Row>,
  parameters: Parameters,
): Promise<Row[]> {
  return orUnavailable(async () => {
    const settings = { ...query.settings, log_comment: query.name };
    const text = await connection.select(query.sql(parameters), parameters, settings);
    return text === '' ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as Row[]);
  });
}
