import { ApiError } from '@otas/errors';

/** Prisma's codes for a database that cannot be reached, does not answer in time, or asks for another attempt. */
const unavailablePrismaCodes = new Set([
  ...['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017'],
  ...['P2024', 'P2028', 'P2034', 'P2037'],
]);

/** The same, as Prisma's driver adapter calls it. */
const unavailableKinds = new Set([
  ...[
    'DatabaseNotReachable',
    'ConnectionClosed',
    'SocketTimeout',
    'TlsConnectionError',
    'TooManyConnections',
  ],
  ...['TransactionWriteConflict', 'AuthenticationFailed', 'DatabaseAccessDenied', 'DatabaseDoesNotExist'],
]);

/**
 * SQLSTATEs: connection exceptions, insufficient resources, shutdown and recovery, cancelled by a timeout, deadlock,
 * serialization, read-only (a replica that was just promoted, or the old primary); then the codes of sockets.
 */
const unavailableCode =
  /^(?:08...|53...|57P0.|57014|55P03|40001|40P01|25006|ECONN\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|E\w+UNREACH)$/;

/** What `pg` throws without any code. */
const unavailableText =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable|connection error/i;

/** A store's error without its message, which may hold the values of a query. */
class DatabaseFault extends Error {
  constructor(source: Error, code: string) {
    super(`${source.name} ${code}`);
    this.name = 'DatabaseFault';
    // The frames say where; the text before them is the message again.
    this.stack = `${this.name}: ${this.message}\n${framesOf(source)}`;
  }
}

interface Facts {
  readonly codes: readonly string[];
  readonly isDatabase: boolean;
}

/**
 * The public answer for an error of Postgres, Prisma or `pg`: 503 `database_unavailable` where trying again can help,
 * else 500 `server_error`. Null when the error is not the database's.
 */
export function toApiError(error: unknown): ApiError | null {
  if (!(error instanceof Error)) return null;
  const { codes, isDatabase } = factsOf(error);
  const isUnavailable =
    codes.some(
      (code) => unavailablePrismaCodes.has(code) || unavailableKinds.has(code) || unavailableCode.test(code),
    ) || unavailableText.test(error.message);
  if (!isDatabase && !isUnavailable) return null;
  const cause = new DatabaseFault(error, codes.join(' '));
  return new ApiError(isUnavailable ? 'database_unavailable' : 'server_error', { cause });
}

/** True for the report of Prisma, or of Postgres itself, that a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && factsOf(error).codes.some((code) => code === 'P2002' || code === '23505');
}

/** True when Postgres refused the values themselves, or the rows that they refer to: nothing of the statement was done. */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && factsOf(error).codes.some((code) => /^(?:22|23|54)\w{3}$/.test(code));
}

function factsOf(error: Error): Facts {
  const own = error as Error & { code?: unknown; severity?: unknown; meta?: Record<string, unknown> };
  const adapterError = own.meta?.driverAdapterError ?? (own.name === 'DriverAdapterError' ? own : undefined);
  const cause = ((adapterError ?? {}) as { cause?: Record<string, unknown> }).cause ?? {};
  const codes = [own.code, cause.originalCode, cause.kind].filter((code) => typeof code === 'string');
  const isDatabase =
    own.name.startsWith('PrismaClient') || adapterError !== undefined || typeof own.severity === 'string';
  return { codes, isDatabase };
}

function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
