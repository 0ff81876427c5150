import {
  oneOfTwo,
  parseSettings,
  type Setting,
  serviceSettings,
  settings,
  shutdownRule,
  type TracingConfig,
} from '@otas/http-kit';
import { parseSecrets, parseSigningKeys, readKeyFile } from '@otas/session-token';
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
  UASAM_METRICS_PORT: settings.optionalPort(
    'Port of /metrics for Prometheus; 0 is any free one; empty is none',
  ),
  UASAM_PUBLIC_URL: settings.url(
    'Where agents reach UASAM, as their manifest says; empty is UASAM_PORT on this machine',
    ['http:', 'https:'],
    '',
  ),
  BRAIN_PUBLIC_URL: settings.url(
    'Where agents reach Brain, as their manifest says',
    ['http:', 'https:'],
    'http://127.0.0.1:8002',
  ),
  DATABASE_URL: settings.url('Postgres of UASAM', ['postgres:', 'postgresql:'], null),
  DATABASE_POOL_MAX: settings.integer('Connections to Postgres at most', '', 10, 1, 1000),
  USER_TOKEN_SECRETS: settings.optionalSecrets(
    'Secrets of user tokens: the first signs, all verify; these or the next setting must be given',
  ),
  USER_TOKEN_SECRETS_FILE: settings.optionalFile(
    'File with these secrets instead, one a line; read again when it changes',
    (path) => readKeyFile(path, parseSecrets),
  ),
  SESSION_TOKEN_SECRETS: settings.optionalSecrets(
    'Secrets of session tokens: the first signs, all verify; these or the next setting must be given',
  ),
  SESSION_TOKEN_SECRETS_FILE: settings.optionalFile(
    'File with these secrets instead, one a line; read again when it changes',
    (path) => readKeyFile(path, parseSecrets),
  ),
  TOKEN_SIGNING_KEYS_FILE: settings.optionalFile(
    'File with EC keys (P-256, PEM): the first private one signs all tokens with ES256, all verify',
    (path) => readKeyFile(path, parseSigningKeys),
  ),
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
  RETENTION_DAYS: settings.integer(
    'How long events are kept of projects that say nothing else; 0 is for ever',
    'days',
    0,
    0,
    36_500,
  ),
  LOGIN_FAILURES_PER_ACCOUNT: settings.integer(
    'Failed logins of one account within 15 minutes, after which only addresses it is known from log in at once',
    '',
    50,
    1,
    1_000_000,
  ),
};

const rules = [
  shutdownRule,
  oneOfTwo('USER_TOKEN_SECRETS', 'USER_TOKEN_SECRETS_FILE'),
  oneOfTwo('SESSION_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS_FILE', (environment) =>
    Boolean(environment.TOKEN_SIGNING_KEYS_FILE),
  ),
];

/** Without a slash at the end. */
export interface PublicUrls {
  readonly uasam: string;
  readonly brain: string;
}

/** What the service was told, read once. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: `/internal/` is served on `port` too. */
  readonly internalPort: number | null;
  /** Where agents reach the services. */
  readonly publicUrls: PublicUrls;
  readonly databaseUrl: string;
  readonly databasePoolMax: number;
  /** Empty where {@link userTokenSecretsFile} is given. */
  readonly userTokenSecrets: readonly string[];
  readonly userTokenSecretsFile: string | null;
  /** Empty where {@link sessionTokenSecretsFile} is given, or {@link tokenSigningKeysFile} alone. */
  readonly sessionTokenSecrets: readonly string[];
  readonly sessionTokenSecretsFile: string | null;
  readonly tokenSigningKeysFile: string | null;
  readonly tokenIssuer: string;
  readonly keyPepper: string;
  readonly serviceTokens: readonly string[];
  readonly passwordMinLength: number;
  /** 0 is no limit. */
  readonly authAttemptsPerAddressPerMinute: number;
  /** 0: for ever. */
  readonly retentionDays: number;
  readonly loginFailuresPerAccount: number;
  readonly trustProxy: boolean;
  /** 0 is no limit. */
  readonly requestsPerCredential: number;
  /** 0 is no limit. */
  readonly requestsPerAddress: number;
  /** Empty: limits are those of this process alone. */
  readonly redisUrl: string;
  readonly requestMaxBytes: number;
  readonly headersMaxBytes: number;
  readonly requestTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
  /** Null: there are no metrics. */
  readonly metricsPort: number | null;
  readonly tracing: TracingConfig;
  readonly corsOrigins: readonly string[];
  readonly logLevel: string;
}

/** @throws SettingsError with every variable that is missing or wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const values = parseSettings(uasamSettings, environment, rules);
  return {
    host: values.HOST,
    port: values.UASAM_PORT,
    internalPort: values.UASAM_INTERNAL_PORT,
    publicUrls: {
      uasam: withoutSlash(values.UASAM_PUBLIC_URL || `http://127.0.0.1:${values.UASAM_PORT}`),
      brain: withoutSlash(values.BRAIN_PUBLIC_URL),
    },
    databaseUrl: values.DATABASE_URL,
    databasePoolMax: values.DATABASE_POOL_MAX,
    userTokenSecrets: values.USER_TOKEN_SECRETS,
    userTokenSecretsFile: values.USER_TOKEN_SECRETS_FILE,
    sessionTokenSecrets: values.SESSION_TOKEN_SECRETS,
    sessionTokenSecretsFile: values.SESSION_TOKEN_SECRETS_FILE,
    tokenSigningKeysFile: values.TOKEN_SIGNING_KEYS_FILE,
    tokenIssuer: values.TOKEN_ISSUER,
    keyPepper: values.KEY_PEPPER,
    serviceTokens: values.SERVICE_TOKENS,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    authAttemptsPerAddressPerMinute: values.AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE,
    retentionDays: values.RETENTION_DAYS,
    loginFailuresPerAccount: values.LOGIN_FAILURES_PER_ACCOUNT,
    trustProxy: values.TRUST_PROXY === '1',
    requestsPerCredential: values.REQUESTS_PER_CREDENTIAL_PER_MINUTE,
    requestsPerAddress: values.REQUESTS_PER_ADDRESS_PER_MINUTE,
    redisUrl: values.REDIS_URL,
    requestMaxBytes: values.REQUEST_MAX_BYTES,
    headersMaxBytes: values.HEADERS_MAX_BYTES,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    metricsPort: values.UASAM_METRICS_PORT,
    tracing: {
      OTEL_SDK_DISABLED: values.OTEL_SDK_DISABLED,
      OTEL_TRACES_EXPORTER: values.OTEL_TRACES_EXPORTER,
      OTEL_EXPORTER_OTLP_ENDPOINT: values.OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    },
    corsOrigins: values.CORS_ORIGINS,
    logLevel: values.LOG_LEVEL,
  };
}

function withoutSlash(url: string): string {
  return new URL(url).href.replace(/\/+$/, '');
}
