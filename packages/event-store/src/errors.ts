import { ClickHouseError } from '@clickhouse/client';

/** ClickHouse cannot be reached, did not answer in time, or is too busy: the same call may succeed later. */
export class EventStoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the event store is not available', { cause });
    this.name = 'EventStoreUnavailable';
  }
}

/** The answer would be larger than the query may give; the same for fewer rows may succeed. */
export class AnswerTooLarge extends EventStoreUnavailable {
  constructor(cause: unknown) {
    super(cause);
    this.name = 'AnswerTooLarge';
  }
}

/** ClickHouse can reach the table and will never take these rows as they are. */
export class EventsRejected extends Error {
  constructor(cause: unknown) {
    super('the event store cannot take these events', { cause });
    this.name = 'EventsRejected';
  }
}

/** Whether ClickHouse refused something for one of these reasons, by its names. */
export function isOfType(error: unknown, types: readonly string[]): boolean {
  return error instanceof ClickHouseError && types.includes(error.type ?? '');
}

/** ClickHouse's names for faults of the rows themselves; every other refusal may be gone at the next try. */
const faultsOfRows = new Set([
  'ARGUMENT_OUT_OF_BOUND',
  'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
  'CANNOT_PARSE_DATETIME',
  'CANNOT_PARSE_ESCAPE_SEQUENCE',
  'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
  'CANNOT_PARSE_NUMBER',
  'CANNOT_PARSE_QUOTED_STRING',
  'CANNOT_PARSE_TEXT',
  'CANNOT_PARSE_UUID',
  'CANNOT_READ_ALL_DATA',
  'CANNOT_READ_ARRAY_FROM_TEXT',
  'INCORRECT_DATA',
  'TOO_LARGE_STRING_SIZE',
  'TYPE_MISMATCH',
  'UNEXPECTED_END_OF_FILE',
  'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
  'VIOLATED_CONSTRAINT',
]);

/** Runs an insert; see {@link orUnavailable}. @throws EventsRejected when a row is at fault */
export async function orRejected<T>(insert: () => Promise<T>): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    if (error instanceof ClickHouseError && faultsOfRows.has(error.type ?? ''))
      throw new EventsRejected(error);
    throw new EventStoreUnavailable(error);
  }
}

/** ClickHouse's names for an answer that is past a bound of the query, or of the memory that is left. */
const tooLarge = new Set(['MEMORY_LIMIT_EXCEEDED', 'TOO_MANY_ROWS_OR_BYTES']);

/** ClickHouse's names for what passes by itself. */
const passing = new Set([
  'ALL_REPLICAS_ARE_STALE',
  'KEEPER_EXCEPTION',
  'NETWORK_ERROR',
  'NOT_ENOUGH_SPACE',
  'SOCKET_TIMEOUT',
  'NO_ZOOKEEPER',
  'TABLE_IS_READ_ONLY',
  'TIMEOUT_EXCEEDED',
  'TOO_FEW_LIVE_REPLICAS',
  'TOO_MANY_PARTS',
  'TOO_MANY_SIMULTANEOUS_QUERIES',
  'UNKNOWN_STATUS_OF_INSERT',
  'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE',
  'ALL_CONNECTION_TRIES_FAILED',
]);

/**
 * Runs a call of the store.
 *
 * @throws AnswerTooLarge; EventStoreUnavailable when ClickHouse could not be reached or is in a state that passes;
 *   whatever else ClickHouse refused comes through as its own ClickHouseError.
 */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ClickHouseError && tooLarge.has(error.type ?? '')) throw new AnswerTooLarge(error);
    if (error instanceof ClickHouseError && !passing.has(error.type ?? '')) throw error;
    throw new EventStoreUnavailable(error);
  }
}
