import { setTimeout as sleep } from 'node:timers/promises';
import { comparePositions, type EventLog, type LogEntry, type LogPosition } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import { type Delivery, deliver } from './deliver';

export interface EventDrainOptions {
  /** At most as many records go into one insert. */
  readonly insertEventsMax: number;
  /** An insert takes no further record once it has as many bytes. */
  readonly insertMaxBytes: number;
  /** Pause after the first failed insert, in milliseconds; each further one doubles it. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

interface Waiter {
  readonly position: LogPosition;
  resolve(isStored: boolean): void;
}

/**
 * Carries records from the log into ClickHouse, in order, one insert at a time: what was appended while an insert is in
 * flight goes together in the next, and nothing waits while ClickHouse is idle. Tries again, for as long as it takes.
 */
export class EventDrain {
  readonly #log: EventLog;
  readonly #store: EventStore;
  readonly #counters: CaptureCounters;
  readonly #clock: CaptureClock;
  readonly #options: EventDrainOptions;
  readonly #logger: Logger;
  #waiters: Waiter[] = [];
  /** The last record that ClickHouse has taken; its removal from the log may be on its way. */
  #after: LogPosition | null = null;
  #removal: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isStopping = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    log: EventLog,
    store: EventStore,
    counters: CaptureCounters,
    clock: CaptureClock,
    options: EventDrainOptions,
    logger: Logger,
  ) {
    this.#log = log;
    this.#store = store;
    this.#counters = counters;
    this.#clock = clock;
    this.#options = options;
    this.#logger = logger;
  }

  /** Begins with what an earlier process left in the log. */
  start(): void {
    this.#running = this.#run();
  }

  /**
   * Whether a record that was just appended is in ClickHouse: resolves to true as soon as it is; to false after
   * `waitMs` milliseconds, or at once while ClickHouse is known not to answer, or when it was set aside.
   */
  async untilStored(position: LogPosition, waitMs: number): Promise<boolean> {
    this.#wake();
    if (this.#isDelivered(position)) return true;
    if (this.#isFailing) return false;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<boolean>((resolve) => {
        this.#waiters.push({ position, resolve });
        timer = setTimeout(() => {
          // Those who come next need not find out by waiting too.
          this.#isFailing = true;
          resolve(false);
        }, waitMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends after what is in the log has been delivered, or after the first failure: the rest is for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#running;
    await this.#removal;
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const { insertEventsMax: records, insertMaxBytes: bytes } = this.#options;
      const entries = this.#log.read(this.#after, { records, bytes });
      if (entries.length === 0) {
        if (this.#isStopping) return;
        await this.#untilWoken();
        continue;
      }
      try {
        await this.#settle(entries, await deliver(this.#store, entries, this.#clock.now()));
        failures = 0;
      } catch (error) {
        this.#fail(error, failures);
        if (this.#isStopping) return;
        await sleep(Math.min(this.#options.retryMinMs * 2 ** failures, this.#options.retryMaxMs));
        failures = Math.min(failures + 1, 30);
      }
    }
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The next insert need not wait for the removal from the log, but only one removal may be behind. */
  async #settle(entries: readonly LogEntry[], delivery: Delivery): Promise<void> {
    const last = (entries.at(-1) as LogEntry).position;
    this.#isFailing = false;
    this.#after = last;
    this.#resolveWaiters(delivery);
    for (const [projectId, { delivered, dead }] of delivery.countByProject) {
      this.#counters.add(projectId, { waiting: -delivered, dead });
    }
    await this.#removal;
    this.#removal = this.#remove(entries, [...delivery.countByProject.keys()]);
  }

  /** Tries for as long as it takes: what stays in the log would be delivered, and counted, again by the next process. */
  async #remove(entries: readonly LogEntry[], projectIds: readonly string[]): Promise<void> {
    for (;;) {
      try {
        return await this.#log.settle(entries, this.#counters.textsOf(projectIds));
      } catch (error) {
        this.#logger.error({ err: error }, 'delivered events were not removed from the log; trying again');
        if (this.#isStopping) return;
        await sleep(this.#options.retryMaxMs);
      }
    }
  }

  #resolveWaiters({ dead }: Delivery): void {
    const isBehind = ({ position }: Waiter): boolean => !this.#isDelivered(position);
    const isDead = ({ position }: Waiter): boolean =>
      [...dead].some((entry) => comparePositions(entry.position, position) === 0);
    const end = this.#waiters.findIndex(isBehind);
    const ready = this.#waiters.splice(0, end === -1 ? this.#waiters.length : end);
    for (const waiter of ready) waiter.resolve(!isDead(waiter));
  }

  #isDelivered(position: LogPosition): boolean {
    return this.#after !== null && comparePositions(position, this.#after) <= 0;
  }

  #fail(error: unknown, failures: number): void {
    this.#isFailing = true;
    for (const { resolve } of this.#waiters.splice(0)) resolve(false);
    const level = failures === 0 ? 'error' : 'warn';
    this.#logger[level](
      { err: error, waiting: this.#log.waitingCount },
      'ClickHouse did not take events; trying again',
    );
  }
}
