import type { ExitTarget, Platform, Timer } from '../platform/platform';
import { byteLength } from '../record/cut-text';
import { OtasError } from '../session/otas-error';
import type { SessionIdentity } from '../session/session-token';
import { EventQueue } from './event-queue';
import { exitRequests } from './exit-requests';
import type { Lane } from './lane';
import type { Limits } from './limits';
import { Pause } from './pause';
import type { Outcome } from './read-answer';
import type { EventKind, ExitRequest, Sender } from './request';
import type { Spool } from './spool';
import type { Counters } from './stats';
import { type Transmission, transmit } from './transmit';

export interface DeliveryOptions {
  readonly platform: Platform;
  readonly sender: Sender;
  readonly limits: Limits;
  readonly counters: Counters;
  /** Null when events need not survive the process. */
  readonly spool: Spool | null;
  /** Told of what goes wrong; must not throw. */
  onProblem(problem: OtasError): void;
}

/** Queues events and sends them in the background: in batches, in the order of each session, until they are judged. */
export class Delivery implements ExitTarget {
  readonly #options: DeliveryOptions;
  readonly #queue = new EventQueue();
  readonly #pause: Pause;
  #requests = 0;
  #isFull = false;
  #tick: Timer | null = null;
  #wake: Timer | null = null;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#pause = new Pause(options.limits);
  }

  get exitTimeoutMs(): number {
    return this.#options.limits.exitTimeoutMs;
  }

  get pending(): { readonly count: number; readonly bytes: number } {
    return { count: this.#queue.count, bytes: this.#queue.bytes };
  }

  hasPending(): boolean {
    return this.#queue.count > 0;
  }

  /**
   * Queues an event, or counts why not.
   *
   * @param key names its lane among those of its kind
   * @param identity null while the session is not there yet; the event waits for `identify`
   */
  push(kind: EventKind, key: string, identity: SessionIdentity | null, json: string): void {
    const { limits, counters, spool, onProblem } = this.#options;
    const bytes = byteLength(json);
    const problem = this.#problemWith(bytes);
    if (problem !== null) {
      counters.drop(problem.code);
      // A full queue is told of once for each time that it fills up.
      if (problem.code !== 'queue_full' || !this.#isFull) onProblem(problem);
      this.#isFull ||= problem.code === 'queue_full';
      return;
    }
    this.#isFull = false;
    const entry = identity === null ? null : (spool?.add(kind, identity, json) ?? null);
    if (spool !== null && entry === null) counters.unspooled++;
    const lane = this.#queue.push({ kind, key, identity, json, bytes, entry });
    const isBatch = lane.length - lane.due >= limits.batchMaxEvents || lane.bytes >= limits.batchMaxBytes;
    if (!isBatch) {
      this.#tick ??= this.#options.platform.setTimer(() => this.#sendAll(), limits.flushIntervalMs, false);
    } else {
      lane.due = lane.length;
      this.#pump();
    }
  }

  #problemWith(bytes: number): OtasError | null {
    const { eventMaxBytes, queueMaxEvents, queueMaxBytes } = this.#options.limits;
    const { count, bytes: queued } = this.#queue;
    if (bytes > eventMaxBytes)
      return new OtasError('event_too_large', `An event of ${bytes} bytes was dropped.`);
    if (count < queueMaxEvents && queued + bytes <= queueMaxBytes) return null;
    return new OtasError('queue_full', 'The queue is full; events are dropped until some were sent.');
  }

  /** Gives the events that wait for a session the one that there is now. */
  identify(identity: SessionIdentity): void {
    for (const lane of this.#queue.lanes) lane.identity ??= identity;
    this.#sendAll();
  }

  /** Drops all that waits for a session which there will never be. */
  discard(reason: string): void {
    for (const lane of [...this.#queue.lanes]) {
      if (lane.identity !== null) continue;
      this.#options.counters.drop(reason, lane.length);
      this.#queue.settle(lane, lane.length);
    }
  }

  /**
   * Sends what waits now, without waiting for more.
   *
   * @param timeoutMs keeps the process alive, but no longer than this
   * @returns true once all of it was accepted or refused for good, false when the time was over first; never rejects
   */
  flush(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isSettled: boolean): void => {
        timer.clear();
        forget();
        resolve(isSettled);
      };
      const timer = this.#options.platform.setTimer(() => done(false), timeoutMs, true);
      let forget = (): void => {};
      forget = this.#queue.whenSettled(() => done(true));
      this.#pause.endOwn();
      this.#sendAll();
    });
  }

  /** Resolves once all that waits now is settled, however long that takes; keeps no process alive. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.whenSettled(resolve);
      this.#sendAll();
    });
  }

  flushForExit(): Promise<boolean> {
    return this.flush(this.exitTimeoutMs);
  }

  requestsForExit(batchMaxBytes?: number): readonly ExitRequest[] {
    const { sender, limits, counters } = this.#options;
    const bounds = { ...limits, ...(batchMaxBytes === undefined ? {} : { batchMaxBytes }) };
    return exitRequests(this.#queue, sender, bounds, (lane, count) => {
      counters.sent += count;
      this.#queue.settle(lane, count);
    });
  }

  #sendAll(): void {
    this.#tick?.clear();
    this.#tick = null;
    for (const lane of this.#queue.lanes) lane.due = lane.length;
    this.#pump();
  }

  /** Sends from each lane that has something to send and may; asks to be woken for those that may later. */
  #pump(): void {
    this.#wake?.clear();
    this.#wake = null;
    const now = performance.now();
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const lane of [...this.#queue.lanes]) {
      if (lane.isSending || lane.due === 0 || lane.identity === null) continue;
      const readyAt = this.#pause.endOf(lane);
      if (readyAt > now) wakeAt = Math.min(wakeAt, readyAt);
      else if (this.#requests < this.#options.limits.requestsMax) void this.#send(lane, lane.identity);
    }
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#wake = this.#options.platform.setTimer(() => this.#pump(), Math.ceil(wakeAt - now), false);
  }

  async #send(lane: Lane, identity: SessionIdentity): Promise<void> {
    const { platform, sender, limits } = this.#options;
    lane.isSending = true;
    this.#requests++;
    const batch = lane.peek(Math.min(limits.batchMaxEvents, lane.batchMaxEvents), limits.batchMaxBytes);
    const events = batch.map(({ json }) => json);
    const transmission = await transmit(platform, sender, limits.requestTimeoutMs, {
      kind: lane.kind,
      identity,
      events,
    });
    this.#requests--;
    lane.isSending = false;
    this.#judge(lane, batch.length, transmission);
    this.#queue.moveBack(lane);
    this.#pump();
  }

  #judge(lane: Lane, count: number, { outcome, waitMs }: Transmission): void {
    const { counters, onProblem } = this.#options;
    if (outcome.kind === 'again') {
      counters.retries++;
      this.#pause.begin(lane, waitMs, outcome.isOfSession);
      const message = `Brain does not take events (${outcome.code}); they are kept.`;
      onProblem(new OtasError(outcome.code, message));
      return;
    }
    this.#pause.clear(lane);
    if (outcome.kind === 'fewer' && count > 1) {
      lane.batchMaxEvents = Math.floor(count / 2);
      return;
    }
    lane.batchMaxEvents *= 2;
    this.#settle(lane, count, outcome);
  }

  #settle(lane: Lane, count: number, outcome: Exclude<Outcome, { kind: 'again' }>): void {
    const { counters, onProblem } = this.#options;
    const isRest = outcome.kind === 'without';
    const codes = new Map<string, number>();
    for (let index = 0; index < count; index++) {
      const code = 'code' in outcome ? outcome.code : outcome.rejected.get(index);
      if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
      else if (!isRest) counters.sent++;
    }
    this.#queue.settle(lane, count, (index) => !isRest || outcome.rejected.has(index));
    for (const [code, rejected] of codes) {
      counters.reject(code, rejected);
      onProblem(new OtasError(code, `Brain refused ${rejected} of ${count} events for good (${code}).`));
    }
  }
}
