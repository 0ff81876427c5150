import { ApiError } from '@otas/errors';
import { type EventLog, EventLogFull, type LogPosition } from '@otas/event-log';
import type { BackendEvent, ExactJson } from '@otas/event-schema';
import type { JsonObject } from '@otas/http-kit';
import { uuidv7 } from 'uuidv7';
import type { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import type { EventDrain } from './event-drain';
import { encodeRecord } from './log-record';
import { type CapturePrincipal, type ToEventRules, toEvent } from './to-event';

export interface EventCaptureOptions {
  readonly rules: ToEventRules;
  /** How long an answer waits for ClickHouse, in milliseconds, before the log alone is enough for it. */
  readonly visibleWaitMs: number;
}

/** An event that was checked and stamped, and is nowhere yet. */
export interface PreparedEvent {
  readonly event: BackendEvent;
  /** Whether the sender gave the id, so that the event may have been sent before. */
  readonly isNamed: boolean;
}

const fullRetryAfterSeconds = 5;

/** The way of an event from a body to a promise: checked, stamped, on disk, and in ClickHouse where that answers. */
export class EventCapture {
  readonly #log: EventLog;
  readonly #drain: EventDrain;
  readonly #counters: CaptureCounters;
  readonly #clock: CaptureClock;
  readonly #options: EventCaptureOptions;

  constructor(
    log: EventLog,
    drain: EventDrain,
    counters: CaptureCounters,
    clock: CaptureClock,
    options: EventCaptureOptions,
  ) {
    this.#log = log;
    this.#drain = drain;
    this.#counters = counters;
    this.#clock = clock;
    this.#options = options;
  }

  /** Checks and stamps one event. @throws ApiError as {@link toEvent} does */
  prepare(body: JsonObject, json: ExactJson, principal: CapturePrincipal): PreparedEvent {
    const stamp = { now: this.#clock.now(), eventId: uuidv7() };
    const event = toEvent(body, json, principal, stamp, this.#options.rules);
    return { event, isNamed: event.eventId !== stamp.eventId };
  }

  /**
   * Keeps the events of one request, all or none. Once it resolves they are on disk; it gives whether they are in
   * ClickHouse too, so that the next read sees them.
   *
   * @throws ApiError 503 `event_log_full`
   */
  async keep(projectId: string, prepared: readonly PreparedEvent[]): Promise<boolean> {
    const count = prepared.length;
    if (count === 0) return true;
    const records = prepared.map(({ event, isNamed }) => encodeRecord(event, isNamed));
    this.#counters.add(projectId, { accepted: count, waiting: count });
    let positions: LogPosition[];
    try {
      positions = await this.#log.append(records, this.#counters.textsOf([projectId]));
    } catch (error) {
      this.#counters.add(projectId, { accepted: -count, waiting: -count });
      // A disk that is full and a log that is full are the same to a client: later, there may be room.
      const cause = error instanceof EventLogFull ? undefined : error;
      throw new ApiError('event_log_full', { retryAfterSeconds: fullRetryAfterSeconds, cause });
    }
    return this.#drain.untilStored(positions.at(-1) as LogPosition, this.#options.visibleWaitMs);
  }

  /** Counts events of a project that got an error of their own; kept with the next transaction of the log. */
  countRejected(projectId: string, count: number): void {
    this.#counters.add(projectId, { rejected: count });
  }
}
