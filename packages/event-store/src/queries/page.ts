import type { ClickHouseSettings } from '@clickhouse/client';

/** For a query that reads a page of whole events in the order of the table's key. */
export const pageSettings: ClickHouseSettings = {
  // FINAL reads in blocks of this many rows, however few the page has: with the default, 65,409 for each part.
  max_block_size: '512',
  // A larger page is refused instead of taking the memory of everybody.
  max_result_bytes: String(16 * 1024 * 1024),
  max_memory_usage: String(1024 * 1024 * 1024),
};
