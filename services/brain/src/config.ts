import type { Cluster } from '@otas/event-store';
import {
  oneOfTwo,
  parseSettings,
  type Setting,
  type SettingsRule,
  serviceSettings,
  settings,
  shutdownRule,
} from '@otas/http-kit';
import { parseSecrets, readKeyFile } from '@otas/session-token';
import { z } from 'zod';

const { integer, text, url, list, choice, optionalSecrets, optionalFile, optionalPort } = settings;
const hour = 60 * 60 * 1000;

const redactPatterns: Setting<readonly string[]> = {
  meaning: 'Regular expressions whose matches in the texts of events are replaced, beside the usual ones',
  unit: 'with white space between them',
  defaultText: '',
  schema: z
    .string()
    .transform((value) => value.split(/\s+/).filter((source) => source !== ''))
    .refine((sources) => sources.every(isPattern), 'one of them is not a regular expression'),
};

const internalUrl: Setting<string> = {
  meaning:
    'Where Brain reaches the internal routes of UASAM, when they have a port of their own (UASAM_INTERNAL_PORT)',
  unit: '',
  defaultText: '',
  schema: z.union([z.literal(''), url('', ['http:', 'https:'], null).schema]),
};

const serviceToken: Setting<string> = {
  meaning: 'What Brain shows to the internal routes of UASAM; one of its SERVICE_TOKENS',
  unit: 'at least 32 characters',
  defaultText: null,
  schema: z.string().min(32, 'needs at least 32 characters'),
};

/** A URL that is the same as `CLICKHOUSE_URL` where it is not given; null stands for that. */
function otherClickHouseUrl(meaning: string): Setting<string | null> {
  const { schema } = url(meaning, ['http:', 'https:'], null);
  return {
    meaning,
    unit: '',
    defaultText: '',
    schema: z.union([z.literal('').transform(() => null), schema]),
  };
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** Every environment variable that Brain reads. */
export const brainSettings = {
  ...serviceSettings,
  BRAIN_PORT: integer('Port of Brain; 0 takes any free one', '', 8002, 0, 65_535),
  BRAIN_METRICS_PORT: optionalPort(
    'Port of /metrics for Prometheus; each further worker takes the next one, 0 any free one; empty is none',
  ),
  UASAM_URL: url('Where Brain reaches UASAM', ['http:', 'https:'], 'http://127.0.0.1:8000'),
  UASAM_INTERNAL_URL: internalUrl,
  UASAM_SERVICE_TOKEN: serviceToken,
  UASAM_TIMEOUT_MS: integer('How long UASAM may take for one answer', 'ms', 2000, 10, 60_000),
  REVOCATION_POLL_MS: integer('How often UASAM is asked what was revoked', 'ms', 1000, 100, 5000),
  ERASURE_POLL_MS: integer('How often UASAM is asked which projects to erase', 'ms', 10_000, 100, hour),
  RETENTION_SWEEP_MS: integer(
    'How often events past their retention are looked for',
    'ms',
    hour,
    100,
    24 * hour,
  ),
  CLICKHOUSE_URL: url('ClickHouse, with user and password when it needs them', ['http:', 'https:'], null),
  CLICKHOUSE_READER_URL: otherClickHouseUrl(
    'The same with a user who may only read, for what is read; empty is CLICKHOUSE_URL',
  ),
  CLICKHOUSE_MIGRATOR_URL: otherClickHouseUrl(
    'The same with a user who may change tables, for migrations; empty is CLICKHOUSE_URL',
  ),
  CLICKHOUSE_DATABASE: text('Database in ClickHouse; it is made when it is not there', 'otas'),
  CLICKHOUSE_CLUSTER: text(
    'Cluster of ClickHouse over which the tables are replicated and sharded; empty is a single server',
    '',
  ),
  CLICKHOUSE_INSERT_QUORUM: integer(
    'Replicas of a shard that must have an insert before it counts; 1 is the one that took it; only with a cluster',
    'replicas',
    2,
    1,
    16,
  ),
  CLICKHOUSE_TIMEOUT_MS: integer('How long one query or insert may take', 'ms', 30_000, 100, hour),
  CLICKHOUSE_CONNECTIONS_MAX: integer('Requests to ClickHouse under way at once', '', 16, 2, 1000),
  SESSION_TOKEN_SECRETS: optionalSecrets('Secrets of session tokens; the same as for UASAM'),
  SESSION_TOKEN_SECRETS_FILE: optionalFile(
    'File with these secrets instead, one a line; read again when it changes',
    (path) => readKeyFile(path, parseSecrets),
  ),
  SESSION_TOKEN_JWKS: choice(
    "Whether session tokens are verified with UASAM's public keys too; 1 when UASAM signs with ES256",
    ['0', '1'],
    '0',
  ),
  CURSOR_SECRETS: optionalSecrets(
    'Secrets of cursors: the first signs, all verify; needed only where session tokens have no secrets here',
  ),
  EVENT_TIME_PAST_DAYS: integer('How far back the time of an event may lie', 'days', 400, 1, 36_500),
  EVENT_TIME_FUTURE_MINUTES: integer(
    'How far ahead the time of an event may lie',
    'minutes',
    10,
    0,
    1_000_000,
  ),
  V2_READS_PER_CREDENTIAL_PER_MINUTE: integer(
    'Reads under /v2 with one credential; past it 429; 0 is no limit',
    'requests',
    60_000,
    0,
    2 ** 31,
  ),
  REDACT_HEADERS: list('Headers whose values are replaced in events, beside the usual ones', ''),
  REDACT_PATTERNS: redactPatterns,
  WEB_CONCURRENCY: integer('Workers on the one port, each a process with a log of its own', '', 1, 1, 128),
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
    'How long a 201 waits for ClickHouse before the log is enough; 0: for the disk alone',
    'ms',
    1000,
    0,
    hour,
  ),
  FOLLOWERS_PER_PROJECT_MAX: integer(
    'Streams of one project in a worker at once; past it 429',
    '',
    20,
    1,
    10_000,
  ),
  FOLLOWERS_MAX: integer('Streams in a worker at once; past it 429', '', 200, 1, 10_000),
  EXPORTS_PER_PROJECT_MAX: integer('Exports of one project in a worker at once; past it 429', '', 2, 1, 1000),
  EXPORTS_MAX: integer('Exports in a worker at once; past it 429', '', 4, 1, 1000),
  FOLLOW_POLL_MS: integer(
    'Pause before a stream asks ClickHouse again; twice as long while nothing arrives',
    'ms',
    300,
    10,
    hour,
  ),
  FOLLOW_HEARTBEAT_MS: integer('A stream without events sends a comment as often', 'ms', 15_000, 10, hour),
  FOLLOW_STALLED_MS: integer(
    'A client that leaves a stream unread for longer is cut',
    'ms',
    30_000,
    10,
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
};

const rules: readonly SettingsRule[] = [
  shutdownRule,
  oneOfTwo('SESSION_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS_FILE', (env) => env.SESSION_TOKEN_JWKS === '1'),
  (env) =>
    env.SESSION_TOKEN_JWKS !== '1' ||
    [env.SESSION_TOKEN_SECRETS, env.SESSION_TOKEN_SECRETS_FILE, env.CURSOR_SECRETS].some(Boolean)
      ? null
      : 'CURSOR_SECRETS is missing: without secrets of session tokens cursors need their own',
];

/** The cluster that the settings name; null: a single server. */
export function clusterOf(
  config: Pick<BrainConfig, 'CLICKHOUSE_CLUSTER' | 'CLICKHOUSE_INSERT_QUORUM'>,
): Cluster | null {
  const { CLICKHOUSE_CLUSTER: name, CLICKHOUSE_INSERT_QUORUM: insertQuorum } = config;
  return name === '' ? null : { name, insertQuorum };
}

export type BrainConfig = ReturnType<typeof readBrainConfig>;

/** Whether the keys of session tokens come from where they may change; SIGHUP then makes Brain look. */
export function followsKeys(config: BrainConfig): boolean {
  return config.SESSION_TOKEN_SECRETS_FILE !== null || config.SESSION_TOKEN_JWKS === '1';
}

/** @throws SettingsError with every fault at once */
export function readBrainConfig(environment: Readonly<Record<string, string | undefined>>) {
  return parseSettings(brainSettings, environment, rules);
}
