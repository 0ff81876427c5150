import { setTimeout as sleep } from 'node:timers/promises';
import { comparePositions, type EventLog, type LogBlock, type LogPosition, laterBy } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import { type Delivery, deliver } from './deliver';
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

/**
 * Carries records from the log into ClickHouse, in order, one insert at a time: what was appended while an insert is in
 * flight goes together in the next, and nothing waits while ClickHouse is idle. Tries again, for as long as it takes.
 */
export class EventDrain {
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
   * `waitMs` milliseconds, or at once while ClickHouse is known not to answer, or when an event of them was set aside.
   *
   * @param waitMs the same with each call
   */
  async untilStored(first: LogPosition, last: LogPosition, waitMs: number): Promise<boolean> {
    this.#wake();
    if (this.#isDelivered(last)) return true;
    if (this.#isFailing) return false;
    return this.#waiters.wait(first, last, waitMs);
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
        const blocks = await this.#log.read(this.#after, limits);
        if (blocks.length === 0) {
          if (this.#isStopping) return;
          await woken;
          continue;
        }
        this.#settle(blocks, await deliver(this.#store, blocks, this.#clock.now()));
        failures = 0;
      } catch (error) {
        this.#fail(error, failures);
        if (this.#isStopping) return;
        await sleep(Math.min(this.#options.retryMinMs * 2 ** failures, this.#options.retryMaxMs));
        failures = Math.min(failures + 1, 30);
      }
    }
  }

  /** The next insert does not wait for the removal from the log. */
  #settle(blocks: readonly LogBlock[], { countByProject, deadPositions }: Delivery): void {
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
    this.#waiters.resolveThrough(this.#after, deadPositions);
  }

  #isDelivered(position: LogPosition): boolean {
    return this.#after !== null && comparePositions(position, this.#after) <= 0;
  }

  #fail(error: unknown, failures: number): void {
    this.#isFailing = true;
    this.#waiters.giveUp();
    const level = failures === 0 ? 'error' : 'warn';
    this.#logger[level](
      { err: error, waiting: this.#counters.waiting },
      'ClickHouse did not take events; trying again',
    );
  }
}
