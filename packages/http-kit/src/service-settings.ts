import { settings } from './settings';

const { integer, text, list, choice } = settings;
const hourMs = 60 * 60 * 1000;

/** The settings that every service has. */
export const serviceSettings = {
  HOST: text('Address on which the service listens; 0.0.0.0 is every interface', '127.0.0.1'),
  REQUEST_MAX_BYTES: integer(
    'Largest request body, unpacked; past it 413',
    'bytes',
    5 * 1024 * 1024,
    1024,
    2 ** 30,
  ),
  HEADERS_MAX_BYTES: integer(
    'All headers of a request together; past it 431',
    'bytes',
    32 * 1024,
    8192,
    2 ** 20,
  ),
  REQUEST_TIMEOUT_MS: integer(
    'How long a client may take to send one request; past it 408',
    'ms',
    30_000,
    100,
    hourMs,
  ),
  SHUTDOWN_TIMEOUT_MS: integer('How long a stop may take before it is forced', 'ms', 15_000, 100, hourMs),
  CORS_ORIGINS: list('Origins that a browser may call from; * is every origin', '*'),
  TOKEN_ISSUER: text('`iss` of the tokens; the same for UASAM and Brain', 'otas'),
  LOG_LEVEL: choice(
    'Least severe lines that are logged',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
  ),
};
