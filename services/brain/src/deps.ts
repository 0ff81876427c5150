import { createHmac } from 'node:crypto';
import { EventLog } from '@otas/event-log';
import { EventStore, type EventStoreOptions } from '@otas/event-store';
import { createLogger, type Logger } from '@otas/http-kit';
import { KeySet, SessionTokens } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import { CaptureCounters } from './capture/capture-counts';
import { CaptureClock } from './capture/clock';
import { CountsPublisher } from './capture/counts-publisher';
import { EventCapture } from './capture/event-capture';
import { EventDrain } from './capture/event-drain';
import { Redactor } from './capture/redactor';
import type { BrainConfig } from './config';
import { CursorCodec } from './reads/cursor';

/** Everything that Brain's endpoints work with, made once. */
export interface Deps {
  readonly logger: Logger;
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly sessionTokens: SessionTokens;
  readonly cursors: CursorCodec;
  readonly log: EventLog;
  readonly drain: EventDrain;
  readonly counters: CaptureCounters;
  readonly capture: EventCapture;
  readonly publisher: CountsPublisher;
  /** The UUID of the log. */
  readonly instanceId: string;
}

export function storeOptions(config: BrainConfig): EventStoreOptions {
  return {
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: config.CLICKHOUSE_CONNECTIONS_MAX,
  };
}

/** Opens the log; ClickHouse and UASAM are reached with the first request to each. */
export function createDeps(config: BrainConfig): Deps {
  const logger = createLogger('brain', config.LOG_LEVEL);
  const store = new EventStore(storeOptions(config));
  return {
    logger,
    store,
    uasam: new UasamClient({ url: config.UASAM_URL, timeoutMs: config.UASAM_TIMEOUT_MS }),
    sessionTokens: new SessionTokens(new KeySet(config.SESSION_TOKEN_SECRETS)),
    cursors: new CursorCodec(deriveSecret(config.SESSION_TOKEN_SECRETS, 'cursors')),
    ...createCapture(config, store, logger),
  };
}

function createCapture(config: BrainConfig, store: EventStore, logger: Logger) {
  const log = new EventLog({ dir: config.EVENT_LOG_DIR, maxBytes: config.EVENT_LOG_MAX_BYTES });
  const counters = new CaptureCounters(log.readTexts());
  const drainOptions = {
    insertEventsMax: config.CAPTURE_INSERT_EVENTS_MAX,
    insertMaxBytes: config.CAPTURE_INSERT_MAX_BYTES,
    retryMinMs: 100,
    retryMaxMs: 5000,
  };
  const clock = new CaptureClock();
  const drain = new EventDrain(log, store, counters, drainOptions, logger);
  const minuteMicros = 60 * 1_000_000;
  const rules = {
    redactor: new Redactor({
      headerNames: config.REDACT_HEADERS,
      patterns: config.REDACT_PATTERNS,
    }),
    bodyMaxBytes: config.EVENT_BODY_MAX_BYTES,
    window: {
      past: config.EVENT_TIME_PAST_DAYS * 24 * 60 * minuteMicros,
      future: config.EVENT_TIME_FUTURE_MINUTES * minuteMicros,
    },
  };
  const options = { rules, visibleWaitMs: config.CAPTURE_VISIBLE_WAIT_MS };
  return {
    log,
    counters,
    drain,
    capture: new EventCapture(log, store, drain, counters, clock, options),
    publisher: new CountsPublisher(store, counters, clock, log.identity, logger),
    instanceId: log.identity,
  };
}

/** A secret for one purpose; knowing it does not tell the one it is made of. */
function deriveSecret(secrets: readonly string[], purpose: string): string {
  return createHmac('sha256', secrets[0] as string)
    .update(`otas brain ${purpose}`)
    .digest('hex');
}
