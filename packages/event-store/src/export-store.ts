import type { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import type { EventStoreOptions } from './client';
import { orUnavailable } from './errors';
import {
  countAll,
  type ExportPlace,
  type ExportScope,
  exportAll,
  exportPage,
  exportParameters,
  placeOfCursor,
} from './queries/export-events';
import { Reader } from './reader';

/** Bytes of text of some rows, as ClickHouse wrote them. */
export interface ExportPage {
  /** In pieces as they came: to join them would need as much memory again. */
  readonly pieces: readonly Buffer[];
  /** Behind the last of them; null when there was none. */
  readonly last: ExportPlace | null;
}

const formats = { ndjson: 'JSONEachRow', csv: 'CSV' } as const;

const settings: ClickHouseSettings = {
  date_time_output_format: 'iso',
  format_csv_null_representation: '',
  output_format_json_quote_64bit_integers: 1,
  // Of those that were measured the fastest, for FINAL in the order of the key.
  max_block_size: '8192',
  max_result_bytes: String(32 * 1024 * 1024),
};

const parquetSettings: ClickHouseSettings = {
  // An error is told before the first byte.
  wait_end_of_query: 1,
  max_result_bytes: String(1024 * 1024 * 1024),
  output_format_parquet_row_group_size: '100000',
  output_format_parquet_string_as_string: 1,
  output_format_parquet_compression_method: 'zstd',
};

/**
 * Events in files, as ClickHouse writes them. Both methods throw EventStoreUnavailable, and AnswerTooLarge when it would be
 * too much at once.
 */
export class ExportStore {
  readonly #reader: Reader;

  constructor(options: EventStoreOptions) {
    this.#reader = new Reader(options);
  }

  /** The next events of an export, at most `limit`, in its order. A line of NDJSON or a record of CSV each, without a head. */
  async readPage(
    scope: ExportScope,
    format: 'ndjson' | 'csv',
    after: ExportPlace | null,
    limit: number,
  ): Promise<ExportPage> {
    const query = `${exportPage(scope, after, limit)} FORMAT ${formats[format]}`;
    const stream = await this.#ask(query, exportParameters(scope, after), settings);
    const pieces = await orUnavailable(() => readAll(stream));
    return { pieces, last: lastPlaceIn(pieces) };
  }

  /** All events of an export as one Parquet file; null when there are more than `most`. */
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
    const filters = this.#reader.settingsFor(query_params.projectId);
    return orUnavailable(async () => {
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

/** Of its text, and what stands around it. */
const cursorMaxBytes = 100;

/** A cursor is the last column of a row, and no row ends shorter. */
function lastPlaceIn(pieces: readonly Buffer[]): ExportPlace | null {
  let end = '';
  for (let at = pieces.length - 1; at >= 0 && end.length < cursorMaxBytes; at--)
    end = (pieces[at] as Buffer).subarray(-cursorMaxBytes).toString('latin1') + end;
  const quoted = /"([^"]*)"\}?\n$/.exec(end);
  const place = placeOfCursor(quoted?.[1] ?? '');
  if (place === null && end !== '') throw new Error('an export ends without a cursor');
  return place;
}
