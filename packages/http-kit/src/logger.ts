import pino, { type DestinationStream, type LoggerOptions } from 'pino';

export type Logger = pino.Logger;

/** Never in a log, wherever an object that is logged holds them. */
const secretFields = [
  'password',
  'api_key',
  'jwt_token',
  'authorization',
  'token',
  'secret',
  'credential',
  'body',
  'headers',
];

/**
 * Structured logs, one JSON object a line, on standard output unless another destination is given; `level` is pino's. Fields that may hold credentials or
 * bodies are removed, one and two levels deep. Errors are logged with their stack and cause, which is why a store's
 * errors must not carry the values of a query.
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), remove: true },
  };
  return pino(options, destination ?? standardOutput());
}

/** Pino's own way to standard output tries for ever when nobody reads it any more, and the process never ends. */
function standardOutput(): DestinationStream {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
  return process.stdout;
}
