import { type SettingsRule, settings } from './settings';
import { tracingSettings } from './tracing/tracing-settings';

const { integer, text, list, choice, url } = settings;
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
  SHUTDOWN_DELAY_MS: integer(
    'How long a stop goes on to take requests while /readyz is red, so that load balancers see it',
    'ms',
    250,
    0,
    hourMs,
  ),
  SHUTDOWN_TIMEOUT_MS: integer('How long a stop may take before it is forced', 'ms', 15_000, 100, hourMs),
  CORS_ORIGINS: list('Origins that a browser may call from; * is every origin', '*'),
  REQUESTS_PER_CREDENTIAL_PER_MINUTE: integer(
    'Requests with one credential; past it 429; 0 is no limit',
    'requests',
    600_000,
    0,
    2 ** 31,
  ),
  REQUESTS_PER_ADDRESS_PER_MINUTE: integer(
    'Requests of one client address, or of one IPv6 /64; past it 429; 0 is no limit',
    'requests',
    1_200_000,
    0,
    2 ** 31,
  ),
  REDIS_URL: url(
    'Redis in which all processes of a service count together; without it each counts alone',
    ['redis:', 'rediss:'],
    '',
  ),
  TRUST_PROXY: choice(
    'Whether the last address in X-Forwarded-For is the client; only behind a proxy that sets it',
    ['0', '1'],
    '0',
  ),
  TOKEN_ISSUER: text('`iss` of the tokens; the same for UASAM and Brain', 'otas'),
  LOG_LEVEL: choice(
    'Least severe lines that are logged',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
  ),
  ...tracingSettings,
};

/** What is under way at a stop must have time left once the delay is over. */
export const shutdownRule: SettingsRule = (environment) => {
  const read = (name: 'SHUTDOWN_DELAY_MS' | 'SHUTDOWN_TIMEOUT_MS'): number =>
    Number(environment[name] || serviceSettings[name].defaultText);
  const isTooLong = read('SHUTDOWN_DELAY_MS') >= read('SHUTDOWN_TIMEOUT_MS');
  return isTooLong ? 'SHUTDOWN_DELAY_MS must be less than SHUTDOWN_TIMEOUT_MS' : null;
};
