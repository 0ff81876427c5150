import { ClickHouseError } from '@clickhouse/client';

/** ClickHouse cannot be reached, did not answer in time, or is too busy: the same call may succeed later. */
export class EventStoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the event store is not available', { cause });
    this.name = 'EventStoreUnavailable';
  }
}

/** ClickHouse's names for what passes by itself. */
const passing = new Set([
  'KEEPER_EXCEPTION',
  'MEMORY_LIMIT_EXCEEDED',
  'NETWORK_ERROR',
  'NOT_ENOUGH_SPACE',
  'SOCKET_TIMEOUT',
  'TABLE_IS_READ_ONLY',
  'TIMEOUT_EXCEEDED',
  'TOO_MANY_PARTS',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'ALL_CONNECTION_TRIES_FAILED',
]);

/**
 * Runs a call of the store.
 *
 * @throws EventStoreUnavailable when ClickHouse could not be reached or is in a state that passes; whatever else
 *   ClickHouse refused comes through as its own ClickHouseError.
 */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ClickHouseError && !passing.has(error.type ?? '')) throw error;
    throw new EventStoreUnavailable(error);
  }
}
