import { setTimeout as sleep } from 'node:timers/promises';
import { comparePositions, type EventLog, type LogBlock, type LogPosition, laterBy } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import { type Delivery, deliver } from './deliver';
import { DeliveryCounts } from './delivery-counts';
import type { LogWriter } from './log-writer';
import { StoredWaiters } from './stored-waiters';

export interface EventDrainOptions {
  /** At most as many events go into one insert, unless more were appended as one. */
  readonly insertEventsMax: number;
  /** An insert takes nothing further once it has as many bytes. */
  readonly insertMaxBytes: number;
  /** Pause after the first failed insert, in milliseconds; each further one doubles it. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

// Measured with 8 to 256 clients. Fewer than these share little, and more than these share enough as it is.
const [gatherFrom, gatherEnough] = [8, 100];
const gatherTimesLast = 2;
const gatherMaxMs = 20;
const unhurriedMs = 100;

/**
 * Carries records from the log into ClickHouse, in order, one insert at a time: what was appended while an insert is in
 * flight goes together in the next, and one who comes alone does not wait for others. While nobody waits for ClickHouse, ten
 * inserts a second are enough. Tries again, for as long as it takes.
 */
export class EventDrain {
  readonly counts = new DeliveryCounts();
  readonly #log: EventLog;
  readonly #writer: LogWriter;
  readonly #store: EventStore;
  readonly #counters: CaptureCounters;
  readonly #clock: CaptureClock;
  readonly #options: EventDrainOptions;
  readonly #logger: Logger;
  readonly #waiters: StoredWaiters;
  /** The last record that ClickHouse has taken; its removal from the log may be on its way. */
  #after: LogPosition | null = null;
  /** The insert before; null: nothing was inserted, or it was a while ago. */
  #last: { readonly answered: number; readonly tookMs: number } | null = null;
  #isFailing = false;
  #isStopping = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    log: EventLog,
    writer: LogWriter,
    store: EventStore,
    counters: CaptureCounters,
    clock: CaptureClock,
    options: EventDrainOptions,
    logger: Logger,
  ) {
    this.#log = log;
    this.#writer = writer;
    this.#store = store;
    this.#counters = counters;
    this.#clock = clock;
    this.#options = options;
    this.#logger = logger;
    // Those who come after one has waited in vain need not find out by waiting too.
    this.#waiters = new StoredWaiters(() => {
      this.#isFailing = true;
    });
  }

  /** Begins with what an earlier process left in the log. */
  start(): void {
    this.#running = this.#run();
  }

  /**
   * Whether records that were just appended are in ClickHouse: resolves to true as soon as they are; to false after
   * `waitMs` milliseconds, or at once while ClickHouse is known not to answer, or when an event of them was set aside. With 0
   * nobody waits, and it is false always.
   *
   * @param waitMs the same with each call
   */
  async untilStored(first: LogPosition, last: LogPosition, waitMs: number): Promise<boolean> {
    this.#wake();
    if (waitMs === 0) return false;
    if (this.isDelivered(last)) return true;
    if (this.#isFailing) return false;
    return this.#waiters.wait(first, last, waitMs);
  }

  /** The last record that ClickHouse has taken; null: none of this process's time. */
  get delivered(): LogPosition | null {
    return this.#after;
  }

  /** Whether ClickHouse has every record up to a place; those that were set aside count as if it had them. */
  isDelivered(position: LogPosition): boolean {
    return this.#after !== null && comparePositions(position, this.#after) <= 0;
  }

  /** Ends after what is in the log has been delivered, or after the first failure: the rest is for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#running;
    await this.#writer.stop();
  }

  async #run(): Promise<void> {
    const limits = { count: this.#options.insertEventsMax, bytes: this.#options.insertMaxBytes };
    let failures = 0;
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await this.#gather();
        const { end } = this.#log;
        const blocks = await this.#log.read(this.#after, limits);
        if (blocks.length === 0) {
          // Never back: a record may have been read before its transaction was known to be done.
          if (!this.isDelivered(end)) this.#after = end;
          if (this.#isStopping) return;
          await woken;
          continue;
        }
        if (failures > 0) this.counts.retries++;
        const startedMs = performance.now();
        const delivery = await deliver(this.#store, blocks, this.#clock.now());
        const tookMs = performance.now() - startedMs;
        this.counts.addInsert(tookMs, delivery.countByProject);
        this.#last = { answered: this.#settle(blocks, delivery), tookMs };
        failures = 0;
      } catch (error) {
        this.#fail(error, failures);
        if (this.#isStopping) return;
        await sleep(Math.min(this.#options.retryMinMs * 2 ** failures, this.#options.retryMaxMs));
        failures = Math.min(failures + 1, 30);
      }
    }
  }

  /**
   * Waits until as many have come as the last insert has answered, at most 20 ms: clients mostly come back at once, and
   * an insert of 60 events costs little more than one of 30. Where nobody waits, 100 ms, or until somebody does.
   */
  async #gather(): Promise<void> {
    const last = this.#last;
    this.#last = null;
    const waiting = this.#waiters.count;
    if (last === null || waiting > gatherEnough || this.#isStopping) return;
    if (last.answered >= gatherFrom) {
      const timeoutMs = Math.min(last.tookMs * gatherTimesLast, gatherMaxMs);
      await this.#waiters.untilCount(last.answered + waiting, timeoutMs);
    } else if (waiting === 0 && this.#counters.waiting < this.#options.insertEventsMax) {
      await this.#waiters.untilCount(1, unhurriedMs);
    }
  }

  /** Gives how many had waited. The next insert does not wait for the removal from the log. */
  #settle(blocks: readonly LogBlock[], { countByProject, deadPositions }: Delivery): number {
    const { position, records } = blocks.at(-1) as LogBlock;
    this.#after = laterBy(position, records.length - 1);
    this.#isFailing = false;
    const changes = new Map(
      [...countByProject].map(([projectId, { delivered, dead }]) => [
        projectId,
        { waiting: -delivered, dead },
      ]),
    );
    this.#writer.remove(blocks, changes);
    return this.#waiters.resolveThrough(this.#after, deadPositions);
  }

  #fail(error: unknown, failures: number): void {
    this.counts.failures++;
    this.#isFailing = true;
    this.#waiters.giveUp();
    const level = failures === 0 ? 'error' : 'warn';
    this.#logger[level](
      { err: error, waiting: this.#counters.waiting },
      'ClickHouse did not take events; trying again',
    );
  }
}
