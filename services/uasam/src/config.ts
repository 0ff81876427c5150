import { parseSettings, type Setting, serviceSettings, settings } from '@otas/http-kit';
import { z } from 'zod';

const portRange = 'must be a whole number from 1 to 65535';

const keyPepper: Setting<string> = {
  meaning: 'Secret under which keys are kept; with another one every agent key and SDK key is invalid',
  unit: 'at least 32 characters',
  defaultText: null,
  schema: z.string().min(32, 'needs at least 32 characters'),
};

const internalPort: Setting<number | null> = {
  meaning:
    'TCP port on which the routes under /internal/ are served, and no longer on UASAM_PORT; empty is UASAM_PORT',
  unit: '',
  defaultText: '',
  schema: z
    .string()
    .regex(/^\d*$/, portRange)
    .transform((text) => (text === '' ? null : Number(text)))
    .refine((port) => port === null || (port >= 1 && port <= 65_535), portRange),
};

/** Every environment variable that UASAM reads. */
export const uasamSettings = {
  ...serviceSettings,
  UASAM_PORT: settings.integer('TCP port of UASAM', '', 8000, 0, 65_535),
  UASAM_INTERNAL_PORT: internalPort,
  DATABASE_URL: settings.url('Postgres of UASAM', ['postgres:', 'postgresql:'], null),
  DATABASE_POOL_MAX: settings.integer('Connections to Postgres at most', '', 10, 1, 1000),
  USER_TOKEN_SECRETS: settings.secrets('Secrets of user tokens: the first signs, all verify'),
  SESSION_TOKEN_SECRETS: settings.secrets('Secrets of session tokens: the first signs, all verify'),
  KEY_PEPPER: keyPepper,
  SERVICE_TOKENS: settings.secrets('Tokens with which other services call /internal/; each is accepted'),
  PASSWORD_MIN_LENGTH: settings.integer('Length of a password at least', 'characters', 8, 1, 1024),
  AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: settings.integer(
    'Sign-ups and logins that one client address may try per minute; 0 is no limit',
    '',
    60,
    0,
    1_000_000,
  ),
  LOGIN_FAILURES_PER_ACCOUNT: settings.integer(
    'Failed logins of one account within 15 minutes, after which its logins are refused until they have passed',
    '',
    50,
    1,
    1_000_000,
  ),
  TRUST_PROXY: settings.choice(
    'Whether the last address in X-Forwarded-For is the client; only behind a proxy that sets it',
    ['0', '1'],
    '0',
  ),
};

/** What the service was told, read once. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: `/internal/` is served on `port` too. */
  readonly internalPort: number | null;
  readonly databaseUrl: string;
  readonly databasePoolMax: number;
  readonly userTokenSecrets: readonly string[];
  readonly sessionTokenSecrets: readonly string[];
  readonly keyPepper: string;
  readonly serviceTokens: readonly string[];
  readonly passwordMinLength: number;
  /** 0 is no limit. */
  readonly authAttemptsPerAddressPerMinute: number;
  readonly loginFailuresPerAccount: number;
  readonly trustProxy: boolean;
  readonly requestMaxBytes: number;
  readonly headersMaxBytes: number;
  readonly requestTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly corsOrigins: readonly string[];
  readonly logLevel: string;
}

/** @throws SettingsError with every variable that is missing or wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const values = parseSettings(uasamSettings, environment);
  return {
    host: values.HOST,
    port: values.UASAM_PORT,
    internalPort: values.UASAM_INTERNAL_PORT,
    databaseUrl: values.DATABASE_URL,
    databasePoolMax: values.DATABASE_POOL_MAX,
    userTokenSecrets: values.USER_TOKEN_SECRETS,
    sessionTokenSecrets: values.SESSION_TOKEN_SECRETS,
    keyPepper: values.KEY_PEPPER,
    serviceTokens: values.SERVICE_TOKENS,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    authAttemptsPerAddressPerMinute: values.AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE,
    loginFailuresPerAccount: values.LOGIN_FAILURES_PER_ACCOUNT,
    trustProxy: values.TRUST_PROXY === '1',
    requestMaxBytes: values.REQUEST_MAX_BYTES,
    headersMaxBytes: values.HEADERS_MAX_BYTES,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    corsOrigins: values.CORS_ORIGINS,
    logLevel: values.LOG_LEVEL,
  };
}
