import { createHmac } from 'node:crypto';
import { EventStore, type EventStoreOptions } from '@otas/event-store';
import { createLogger, type Logger } from '@otas/http-kit';
import { KeySet, SessionTokens } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import type { CaptureDeps } from './capture/capture-event';
import { CaptureClock } from './capture/clock';
import { InsertQueue } from './capture/insert-queue';
import { Redactor } from './capture/redactor';
import type { BrainConfig } from './config';
import { CursorCodec } from './reads/cursor';

/** Everything that Brain's endpoints work with, made once. */
export interface Deps extends CaptureDeps {
  readonly logger: Logger;
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly sessionTokens: SessionTokens;
  readonly cursors: CursorCodec;
}

export function storeOptions(config: BrainConfig): EventStoreOptions {
  return {
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: config.CLICKHOUSE_TIMEOUT_MS,
    connectionsMax: config.CLICKHOUSE_CONNECTIONS_MAX,
  };
}

/** Opens nothing yet: the first request to a store connects. */
export function createDeps(config: BrainConfig): Deps {
  const store = new EventStore(storeOptions(config));
  const minuteMicros = 60 * 1_000_000;
  return {
    logger: createLogger('brain', config.LOG_LEVEL),
    store,
    uasam: new UasamClient({ url: config.UASAM_URL, timeoutMs: config.UASAM_TIMEOUT_MS }),
    sessionTokens: new SessionTokens(new KeySet(config.SESSION_TOKEN_SECRETS)),
    cursors: new CursorCodec(deriveSecret(config.SESSION_TOKEN_SECRETS, 'cursors')),
    clock: new CaptureClock(),
    queue: new InsertQueue(store, {
      eventsMax: config.CAPTURE_QUEUE_EVENTS_MAX,
      insertEventsMax: config.CAPTURE_INSERT_EVENTS_MAX,
    }),
    rules: {
      redactor: new Redactor({
        headerNames: config.REDACT_HEADERS,
        patterns: config.REDACT_PATTERNS.split(/\s+/).filter((source) => source !== ''),
      }),
      window: {
        past: config.EVENT_TIME_PAST_DAYS * 24 * 60 * minuteMicros,
        future: config.EVENT_TIME_FUTURE_MINUTES * minuteMicros,
      },
    },
  };
}

/** A secret for one purpose; knowing it does not tell the one it is made of. */
function deriveSecret(secrets: readonly string[], purpose: string): string {
  return createHmac('sha256', secrets[0] as string)
    .update(`otas brain ${purpose}`)
    .digest('hex');
}
