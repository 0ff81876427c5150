import type { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import type { EventStoreOptions } from './client';
import { orUnavailable } from './errors';
import { type ExportPart, wholeRows } from './export-rows';
import {
  countAll,
  type ExportPlace,
  type ExportScope,
  exportAll,
  exportParameters,
  exportRows,
} from './queries/export-events';
import { Reader } from './reader';

const formats = { ndjson: 'JSONEachRow', csv: 'CSV' } as const;

const settings: ClickHouseSettings = {
  date_time_output_format: 'iso',
  format_csv_null_representation: '',
  output_format_json_quote_64bit_integers: 1,
  // Rows are sent while others are read.
  wait_end_of_query: 0,
  max_memory_usage: String(1024 * 1024 * 1024),
};

const parquetSettings: ClickHouseSettings = {
  // An error is told before the first byte.
  wait_end_of_query: 1,
  max_result_bytes: String(1024 * 1024 * 1024),
  output_format_parquet_row_group_size: '100000',
  output_format_parquet_string_as_string: 1,
  output_format_parquet_compression_method: 'zstd',
};

/** Events in files, as ClickHouse writes them. */
export class ExportStore {
  readonly #reader: Reader;

  constructor(options: EventStoreOptions) {
    this.#reader = new Reader(options);
  }

  /**
   * The events of an export in its order, while ClickHouse reads them, and no faster than they are taken. A line of NDJSON or a
   * record of CSV each, without a head; a part has whole ones.
   *
   * @param rowsPerBlock how many rows ClickHouse has in its memory at once, of each part of the table
   * @throws AnswerTooLarge when they are too large for its memory; EventStoreUnavailable, also on the way, and then for any reason
   */
  async *readRows(
    scope: ExportScope,
    format: 'ndjson' | 'csv',
    after: ExportPlace | null,
    rowsPerBlock: number,
  ): AsyncGenerator<ExportPart, void> {
    const query = `${exportRows(scope, after)} FORMAT ${formats[format]}`;
    const blocks = { ...settings, max_block_size: String(rowsPerBlock) };
    const stream = await this.#ask(query, exportParameters(scope, after), blocks);
    try {
      yield* wholeRows(stream);
    } finally {
      stream.destroy();
    }
  }

  /**
   * All events of an export as one Parquet file; null when there are more than `most`.
   *
   * @throws AnswerTooLarge when it would be too much at once; EventStoreUnavailable
   */
  async readParquet(scope: ExportScope, most: number): Promise<Readable | null> {
    const parameters = exportParameters(scope, null);
    const counted = await this.#ask(`${countAll(scope, most)} FORMAT TabSeparated`, parameters, {});
    const count = Number(Buffer.concat(await orUnavailable(() => readAll(counted))).toString());
    if (count > most) return null;
    return this.#ask(`${exportAll(scope)} FORMAT Parquet`, parameters, parquetSettings);
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  #ask(
    query: string,
    query_params: Record<string, unknown>,
    clickhouse_settings: ClickHouseSettings,
  ): Promise<Readable> {
    return orUnavailable(async () => {
      const filters = await this.#reader.settingsFor(query_params.projectId);
      const named = { ...clickhouse_settings, ...filters, log_comment: 'export' };
      return (await this.#reader.client.exec({ query, query_params, clickhouse_settings: named }))
        .stream as Readable;
    });
  }
}

async function readAll(stream: Readable): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}
