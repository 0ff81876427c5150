import { createHmac } from 'node:crypto';
import { type AgentEventStore, EventStore, type EventStoreOptions, TimelineStore } from '@otas/event-store';
import { createLogger, type Logger } from '@otas/http-kit';
import { KeySet, SessionTokens } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import { PageKeys } from './agent-events/page-keys';
import type { ToAgentEventRules } from './agent-events/to-agent-event';
import { CaptureLog, type CaptureLogOptions } from './capture/capture-log';
import { CaptureClock } from './capture/clock';
import { EventCapture } from './capture/event-capture';
import { Redactor } from './capture/redactor';
import type { ToEventRules } from './capture/to-event';
import type { BrainConfig } from './config';
import { CursorCodec } from './reads/cursor';
import { Followers } from './timeline/followers';
import type { TimelineRouteDeps } from './timeline/timeline.routes';
import { TimelineCursorCodec } from './timeline/timeline-cursor';
import { RequestLimit } from './v2/request-limit';
import { findLeftoverLogs, logDirOf } from './workers';

/** UASAM's word is trusted for ten seconds, so a stream ends within fifteen once its reader may read no more. */
const followRecheckMs = 5000;

/** Everything that Brain's endpoints work with, made once. */
export interface Deps extends TimelineRouteDeps {
  readonly logger: Logger;
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly sessionTokens: SessionTokens;
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
  readonly readLimit: RequestLimit;
}

export function storeOptions(config: BrainConfig): EventStoreOptions {
  return {
    url: config.CLICKHOUSE_URL,
    readerUrl: config.CLICKHOUSE_READER_URL,
    migratorUrl: config.CLICKHOUSE_MIGRATOR_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: config.CLICKHOUSE_CONNECTIONS_MAX,
  };
}

/**
 * Opens the log of a worker; ClickHouse and UASAM are reached with the first request to each.
 *
 * @param worker which it is, from 1 on; the first one also takes care of logs that nobody has any more
 */
export function createDeps(config: BrainConfig, worker: number): Deps {
  const logger = createLogger('brain', config.LOG_LEVEL);
  const store = new EventStore(storeOptions(config));
  const clock = new CaptureClock();
  const openLog = (dir: string) => new CaptureLog(dir, store, clock, captureLogOptions(config), logger);
  const captureLog = openLog(logDirOf(config.EVENT_LOG_DIR, worker));
  const leftovers = worker === 1 ? findLeftoverLogs(config.EVENT_LOG_DIR, config.WEB_CONCURRENCY) : [];
  const rules = toEventRules(config);
  const options = { rules, visibleWaitMs: config.CAPTURE_VISIBLE_WAIT_MS };
  return {
    ...timelineDeps(config, logger),
    logger,
    store,
    uasam: new UasamClient({ url: config.UASAM_URL, timeoutMs: config.UASAM_TIMEOUT_MS }),
    sessionTokens: new SessionTokens(new KeySet(config.SESSION_TOKEN_SECRETS)),
    cursors: new CursorCodec(deriveSecret(config.SESSION_TOKEN_SECRETS, 'cursors')),
    captureLog,
    leftoverLogs: leftovers.map(openLog),
    capture: new EventCapture(captureLog, store, clock, options),
    clock,
    agentEvents: store.agentEvents,
    rules,
    pageKeys: new PageKeys(deriveSecret(config.SESSION_TOKEN_SECRETS, 'cursors')),
    readLimit: new RequestLimit(config.V2_READS_PER_CREDENTIAL_PER_MINUTE, 60),
  };
}

function timelineDeps(config: BrainConfig, logger: Logger) {
  const deps = {
    logger,
    timeline: new TimelineStore(storeOptions(config)),
    timelineCursors: new TimelineCursorCodec(deriveSecret(config.SESSION_TOKEN_SECRETS, 'cursors')),
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

/** A secret for one purpose; knowing it does not tell the one it is made of. */
function deriveSecret(secrets: readonly string[], purpose: string): string {
  return createHmac('sha256', secrets[0] as string)
    .update(`otas brain ${purpose}`)
    .digest('hex');
}
