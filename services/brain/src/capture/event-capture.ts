import { ApiError } from '@otas/errors';
import { EventLogFull, type LogPosition, type LogRecord } from '@otas/event-log';
import type { ExactJson } from '@otas/event-schema';
import type { EventStore, InstanceCounts } from '@otas/event-store';
import type { JsonObject } from '@otas/http-kit';
import type { CaptureLog } from './capture-log';
import type { CaptureClock } from './clock';
import type { EventDrain } from './event-drain';
import { encodeRecords, type PreparedBackendEvent, type PreparedEvent } from './log-record';
import type { LogWriter } from './log-writer';
import { newEventId } from './new-event-id';
import { type CapturePrincipal, type ToEventRules, toEvent } from './to-event';

export interface EventCaptureOptions {
  readonly rules: ToEventRules;
  /** How long an answer waits for ClickHouse, in milliseconds, before the log alone is enough for it. */
  readonly visibleWaitMs: number;
}

const fullRetryAfterSeconds = 5;
const reviveMax = 1000;

/** The way of an event from a body to a promise: checked, stamped, on disk, and in ClickHouse where that answers. */
export class EventCapture {
  /** Events that this process has put on disk, and that had an error of their own. */
  captured = 0;
  rejected = 0;
  readonly #writer: LogWriter;
  readonly #drain: EventDrain;
  readonly #store: EventStore;
  readonly #clock: CaptureClock;
  readonly #options: EventCaptureOptions;

  constructor(captureLog: CaptureLog, store: EventStore, clock: CaptureClock, options: EventCaptureOptions) {
    this.#writer = captureLog.writer;
    this.#drain = captureLog.drain;
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
  }

  /** Checks and stamps one event. @throws ApiError as {@link toEvent} does */
  prepare(body: JsonObject, json: ExactJson, principal: CapturePrincipal): PreparedBackendEvent {
    const stamp = { now: this.#clock.now(), eventId: newEventId() };
    const event = toEvent(body, json, principal, stamp, this.#options.rules);
    const kind = 'backend_event';
    if (event.eventId === stamp.eventId) return { kind, event, naming: 'unnamed' };
    if ((body.event_time ?? null) !== null) return { kind, event, naming: 'timed' };
    return { kind, event, naming: event.eventTime === stamp.now ? 'untimed' : 'named' };
  }

  /**
   * Keeps the events of one request, all or none. Once it resolves they are on disk; it gives whether they are in
   * ClickHouse too, so that the next read sees them.
   *
   * @throws ApiError 503 `event_log_full`
   */
  keep(projectId: string, prepared: readonly PreparedEvent[]): Promise<boolean> {
    // Not in the function that waits: it would hold on to the events, which is most of the garbage collector's work.
    return prepared.length === 0
      ? Promise.resolve(true)
      : this.#keep(projectId, encodeRecords(prepared), prepared.length);
  }

  /**
   * Puts dead letters of a project back into the log, to be tried once more, and gives how many; 1,000 at the most.
   *
   * @throws ApiError 503 `event_log_full`; EventStoreUnavailable
   */
  async revive(projectId: string): Promise<number> {
    const letters = await this.#store.listDeadLetters(projectId, reviveMax, null);
    if (letters.length === 0) return 0;
    const change = { dead: -letters.length, waiting: letters.length };
    const records = letters.map((letter) => ({ bytes: Buffer.from(letter.record), count: 1 }));
    // In the log first: cut between the two, a letter is tried twice, and is the same event both times.
    await this.#append(projectId, records, change);
    await this.#store.insertDeadLetters(letters, true, this.#clock.now());
    return letters.length;
  }

  /** Counts events of a project that got an error of their own; kept with the next transaction of the log. */
  countRejected(projectId: string, count: number): void {
    this.rejected += count;
    this.#writer.count(projectId, { rejected: count });
  }

  async #keep(projectId: string, records: readonly LogRecord[], count: number): Promise<boolean> {
    const [first, last] = await this.#append(projectId, records, { taken: count, waiting: count });
    this.captured += count;
    return this.#drain.untilStored(first, last, this.#options.visibleWaitMs);
  }

  async #append(
    projectId: string,
    records: readonly LogRecord[],
    change: Partial<InstanceCounts>,
  ): Promise<[first: LogPosition, last: LogPosition]> {
    try {
      return await this.#writer.append(projectId, records, change);
    } catch (error) {
      // A disk that is full and a log that is full are the same to a client: later, there may be room.
      const cause = error instanceof EventLogFull ? undefined : error;
      throw new ApiError('event_log_full', { retryAfterSeconds: fullRetryAfterSeconds, cause });
    }
  }
}
