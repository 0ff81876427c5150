import { parseSettings, settings } from '@otas/http-kit';

const { integer, text, url, list, secrets, choice } = settings;
const hour = 60 * 60 * 1000;

/** Every environment variable that Brain reads. */
export const brainSettings = {
  HOST: text('Address on which the service listens; 0.0.0.0 is every interface', '127.0.0.1'),
  BRAIN_PORT: integer('Port of Brain; 0 takes any free one', '', 8002, 0, 65_535),
  UASAM_URL: url('Where Brain reaches UASAM', ['http:', 'https:'], 'http://127.0.0.1:8000'),
  UASAM_TIMEOUT_MS: integer('How long UASAM may take for one answer', 'ms', 2000, 10, 60_000),
  CLICKHOUSE_URL: url('ClickHouse, with user and password when it needs them', ['http:', 'https:'], null),
  CLICKHOUSE_DATABASE: text('Database in ClickHouse; it is made when it is not there', 'otas'),
  CLICKHOUSE_TIMEOUT_MS: integer('How long one query or insert may take', 'ms', 30_000, 100, hour),
  CLICKHOUSE_CONNECTIONS_MAX: integer('Requests to ClickHouse under way at once', '', 16, 2, 1000),
  SESSION_TOKEN_SECRETS: secrets(
    'Secrets of session tokens: the first signs, all verify; the same as for UASAM',
  ),
  EVENT_TIME_PAST_DAYS: integer('How far back the time of an event may lie', 'days', 400, 1, 36_500),
  EVENT_TIME_FUTURE_MINUTES: integer(
    'How far ahead the time of an event may lie',
    'minutes',
    10,
    0,
    1_000_000,
  ),
  REDACT_HEADERS: list('Headers whose values are replaced in events, beside the usual ones', ''),
  REDACT_PATTERNS: text(
    'Regular expressions, white space between them, whose matches are replaced in events',
    '',
  ),
  EVENT_LOG_DIR: text(
    'Directory of the log that a 201 rests on; each Brain needs its own',
    '.otas/event-log',
  ),
  EVENT_LOG_MAX_BYTES: integer(
    'Bytes of events that may wait for ClickHouse; past it 503',
    'bytes',
    2 ** 30,
    2 ** 20,
    2 ** 42,
  ),
  EVENT_BODY_MAX_BYTES: integer(
    'A text field of an event is cut after as many',
    'bytes',
    64 * 1024,
    64,
    2 ** 30,
  ),
  CAPTURE_VISIBLE_WAIT_MS: integer(
    'How long a 201 waits for ClickHouse before the log is enough',
    'ms',
    1000,
    0,
    hour,
  ),
  CAPTURE_INSERT_EVENTS_MAX: integer('Events in one insert', 'events', 5000, 1, 100_000),
  CAPTURE_INSERT_MAX_BYTES: integer(
    'An insert takes no further event past as many',
    'bytes',
    16 * 1024 * 1024,
    1,
    2 ** 30,
  ),
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
    hour,
  ),
  SHUTDOWN_TIMEOUT_MS: integer('How long a stop may take before it is forced', 'ms', 15_000, 100, hour),
  CORS_ORIGINS: list('Origins that browsers may call from; * is all', '*'),
  LOG_LEVEL: choice(
    'Least severe lines that are logged',
    ['debug', 'info', 'warn', 'error', 'silent'],
    'info',
  ),
};

export type BrainConfig = ReturnType<typeof readBrainConfig>;

/** @throws SettingsError with every fault at once */
export function readBrainConfig(environment: Readonly<Record<string, string | undefined>>) {
  return parseSettings(brainSettings, environment);
}
