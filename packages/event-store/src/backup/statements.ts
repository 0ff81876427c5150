import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ClickHouseClient } from '@clickhouse/client';
import { orUnavailable } from '../errors';

type Parameters = Readonly<Record<string, unknown>>;

/** The rows of a statement, each in the order of its columns. */
export function selectRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Parameters,
): Promise<Row[]> {
  return orUnavailable(async () => {
    const result = await client.query({ query, query_params: parameters, format: 'JSONCompactEachRow' });
    return await result.json<Row>();
  });
}

/** The same as ClickHouse writes them. @throws AnswerTooLarge past as many bytes, as ClickHouse counts them */
export function readBytes(
  client: ClickHouseClient,
  select: string,
  parameters: Parameters,
  maxBytes: number,
): Promise<Buffer> {
  return orUnavailable(async () => {
    const query = `${select} FORMAT JSONCompactEachRow`;
    const clickhouse_settings = { max_result_bytes: String(maxBytes) };
    const { stream } = await client.exec({ query, query_params: parameters, clickhouse_settings });
    return await buffer(stream);
  });
}

/** Inserts what {@link readBytes} gave. */
export async function insertBytes(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  rows: Buffer,
): Promise<void> {
  await orUnavailable(async () => {
    const query = `INSERT INTO ${table} (${columns.join(', ')}) FORMAT JSONCompactEachRow`;
    // Events of hundreds of months may stand together.
    const clickhouse_settings = { max_partitions_per_insert_block: '0' };
    const { stream } = await client.exec({ query, values: Readable.from([rows]), clickhouse_settings });
    await buffer(stream);
  });
}

/** The names of the migrations that were run to their end. */
export async function listMigrations(client: ClickHouseClient): Promise<string[]> {
  const rows = await selectRows<[string]>(
    client,
    'SELECT DISTINCT name FROM schema_migrations ORDER BY name',
    {},
  );
  return rows.map(([name]) => name);
}

/** The columns of a table in their order. */
export async function listColumns(client: ClickHouseClient, table: string): Promise<string[]> {
  const query = `SELECT name FROM system.columns
    WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`;
  return (await selectRows<[string]>(client, query, { table })).map(([name]) => name);
}
