import {
  type AgentEventStore,
  ErasureStore,
  EventStore,
  type EventStoreOptions,
  ExportStore,
  Retention,
  TimelineStore,
} from '@otas/event-store';
import {
  createLimits,
  createLogger,
  type Limits,
  type Logger,
  type RequestRule,
  type Tracing,
} from '@otas/http-kit';
import { secretKeys } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import { PageKeys } from './agent-events/page-keys';
import type { ToAgentEventRules } from './agent-events/to-agent-event';
import { CaptureLog, type CaptureLogOptions } from './capture/capture-log';
import { CaptureClock } from './capture/clock';
import { EventCapture } from './capture/event-capture';
import { Redactor } from './capture/redactor';
import type { ToEventRules } from './capture/to-event';
import { type BrainConfig, clusterOf } from './config';
import { EventEraser } from './erasure/event-eraser';
import { Exports } from './export/exports';
import { CursorCodec } from './reads/cursor';
import { type CursorSecrets, cursorSecretsOf } from './reads/cursor-secrets';
import { RetentionKeeper } from './retention/retention-keeper';
import { Followers } from './timeline/followers';
import type { TimelineRouteDeps } from './timeline/timeline.routes';
import { TimelineCursorCodec } from './timeline/timeline-cursor';
import { openSessionKeys, type SessionKeys } from './tokens/session-keys';
import type { SessionVerifier } from './tokens/session-verifier';
import { findLeftoverLogs, logDirOf } from './workers';

/** A stream ends as long after a read would be refused, at most. */
const followRecheckMs = 5000;
/** For a part of an export, or a whole Parquet file. */
const exportTimeoutMs = 5 * 60_000;

/** Everything that Brain's endpoints work with, made once. */
export interface Deps extends TimelineRouteDeps {
  readonly logger: Logger;
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly sessionTokens: SessionVerifier;
  readonly sessionKeys: SessionKeys['keys'];
  readonly cursors: CursorCodec;
  readonly captureLog: CaptureLog;
  /** Logs of workers that are no more; only delivered, never written. */
  readonly leftoverLogs: readonly CaptureLog[];
  readonly capture: EventCapture;
  /** The one clock of all that is captured or changed. */
  readonly clock: CaptureClock;
  readonly agentEvents: AgentEventStore;
  readonly rules: ToAgentEventRules;
  readonly pageKeys: PageKeys;
  readonly limits: Limits;
  readonly erasureStore: ErasureStore;
  readonly exportStore: ExportStore;
  readonly exports: Exports;
  readonly eraser: EventEraser;
  readonly retentionKeeper: RetentionKeeper;
}

export function storeOptions(config: BrainConfig): EventStoreOptions {
  return {
    url: config.CLICKHOUSE_URL,
    readerUrl: config.CLICKHOUSE_READER_URL,
    migratorUrl: config.CLICKHOUSE_MIGRATOR_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: config.CLICKHOUSE_CONNECTIONS_MAX,
    cluster: clusterOf(config),
  };
}

/**
 * Opens the log of a worker; ClickHouse and UASAM are reached with the first request to each.
 *
 * @param worker which it is, from 1 on; the first one also takes care of logs that nobody has any more
 * @param tracing null: there are no traces
 */
export function createDeps(config: BrainConfig, worker: number, tracing: Tracing | null = null): Deps {
  const logger = createLogger('brain', config.LOG_LEVEL);
  const uasam = createUasamClient(config, logger, tracing);
  const retention = new Retention(() => uasam.askRetentionRules());
  const stores = { ...storeOptions(config), retention };
  const store = new EventStore(stores);
  const clock = new CaptureClock();
  const openLog = (dir: string) => new CaptureLog(dir, store, clock, captureLogOptions(config), logger);
  const captureLog = openLog(logDirOf(config.EVENT_LOG_DIR, worker));
  const leftovers = worker === 1 ? findLeftoverLogs(config.EVENT_LOG_DIR, config.WEB_CONCURRENCY) : [];
  const leftoverLogs = leftovers.map(openLog);
  const erasureStore = new ErasureStore(storeOptions(config));
  const rules = toEventRules(config);
  const options = { rules, visibleWaitMs: config.CAPTURE_VISIBLE_WAIT_MS };
  const session = openSessionKeys(config, logger);
  const { CURSOR_SECRETS: ownSecrets } = config;
  const cursorSecrets = cursorSecretsOf(ownSecrets.length > 0 ? secretKeys(ownSecrets) : session.secrets);
  return {
    ...timelineDeps(config, stores, logger, cursorSecrets),
    logger,
    store,
    uasam,
    sessionTokens: session.verifier,
    sessionKeys: session.keys,
    cursors: new CursorCodec(cursorSecrets),
    captureLog,
    leftoverLogs,
    capture: new EventCapture(captureLog, store, clock, options),
    clock,
    agentEvents: store.agentEvents,
    rules,
    pageKeys: new PageKeys(cursorSecrets),
    limits: limitsOf(config, logger),
    erasureStore,
    // A file takes longer than an answer.
    exportStore: new ExportStore({ ...stores, requestTimeoutMs: exportTimeoutMs }),
    exports: new Exports({ perProjectMax: config.EXPORTS_PER_PROJECT_MAX, max: config.EXPORTS_MAX }),
    eraser: new EventEraser({
      ...{ store: erasureStore, requests: uasam.erasures, logger },
      logs: [captureLog, ...leftoverLogs],
      pollMs: config.ERASURE_POLL_MS,
    }),
    retentionKeeper: new RetentionKeeper({
      ...{ retention, logger, store: erasureStore },
      ask: () => uasam.askRetentionRules(),
      pollMs: config.ERASURE_POLL_MS,
      sweepMs: config.RETENTION_SWEEP_MS,
    }),
  };
}

function createUasamClient(config: BrainConfig, logger: Logger, tracing: Tracing | null): UasamClient {
  return new UasamClient({
    url: config.UASAM_URL,
    internalUrl: config.UASAM_INTERNAL_URL || config.UASAM_URL,
    serviceToken: config.UASAM_SERVICE_TOKEN,
    timeoutMs: config.UASAM_TIMEOUT_MS,
    revocationPollMs: config.REVOCATION_POLL_MS,
    log: logger,
    ...(tracing === null ? {} : { trace: tracing.ask }),
  });
}

function limitsOf(config: BrainConfig, logger: Logger): Limits {
  const v2Reads: RequestRule = {
    name: 'v2-reads',
    per: 'credential',
    perMinute: config.V2_READS_PER_CREDENTIAL_PER_MINUTE,
    appliesTo: ({ path, methods }) => path.startsWith('/v2/') && methods.includes('GET'),
  };
  return createLimits({
    service: 'brain',
    redisUrl: config.REDIS_URL,
    trustProxy: config.TRUST_PROXY === '1',
    requestsPerAddress: config.REQUESTS_PER_ADDRESS_PER_MINUTE,
    requestsPerCredential: config.REQUESTS_PER_CREDENTIAL_PER_MINUTE,
    moreRules: [v2Reads],
    logger,
  });
}

function timelineDeps(
  config: BrainConfig,
  stores: EventStoreOptions,
  logger: Logger,
  cursorSecrets: CursorSecrets,
) {
  const deps = {
    logger,
    timeline: new TimelineStore(stores),
    timelineCursors: new TimelineCursorCodec(cursorSecrets),
    pollMs: config.FOLLOW_POLL_MS,
  };
  const followers = new Followers(deps, {
    perProjectMax: config.FOLLOWERS_PER_PROJECT_MAX,
    max: config.FOLLOWERS_MAX,
    heartbeatMs: config.FOLLOW_HEARTBEAT_MS,
    recheckMs: followRecheckMs,
  });
  return { ...deps, followers, followStalledMs: config.FOLLOW_STALLED_MS };
}

function captureLogOptions(config: BrainConfig): CaptureLogOptions {
  return {
    maxBytes: config.EVENT_LOG_MAX_BYTES,
    insertEventsMax: config.CAPTURE_INSERT_EVENTS_MAX,
    insertMaxBytes: config.CAPTURE_INSERT_MAX_BYTES,
    retryMinMs: 100,
    retryMaxMs: 5000,
  };
}

function toEventRules(config: BrainConfig): ToEventRules {
  const minuteMicros = 60 * 1_000_000;
  return {
    redactor: new Redactor({ headerNames: config.REDACT_HEADERS, patterns: config.REDACT_PATTERNS }),
    bodyMaxBytes: config.EVENT_BODY_MAX_BYTES,
    window: {
      past: config.EVENT_TIME_PAST_DAYS * 24 * 60 * minuteMicros,
      future: config.EVENT_TIME_FUTURE_MINUTES * minuteMicros,
    },
  };
}
