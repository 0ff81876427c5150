import { setTimeout as sleep } from 'node:timers/promises';
import { comparePositions, type EventLog, type LogEntry, type LogPosition } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { CaptureCounters } from './capture-counts';
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
  readonly #options: EventDrainOptions;
  readonly #logger: Logger;
  #waiters: Waiter[] = [];
  /** Where the next read of the log begins. */
  #after: LogPosition | null = null;
  /** The last record that ClickHouse has taken; its removal from the log may be on its way. */
  #deliveredThrough: LogPosition | null = null;
  #isFailing = false;
  #isStopping = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    log: EventLog,
    store: EventStore,
    counters: CaptureCounters,
    options: EventDrainOptions,
    logger: Logger,
  ) {
    this.#log = log;
    this.#store = store;
    this.#counters = counters;
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
        await this.#settle(entries, await deliver(this.#store, entries, Date.now() * 1000));
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

  async #settle(entries: readonly LogEntry[], delivery: Delivery): Promise<void> {
    const last = (entries.at(-1) as LogEntry).position;
    this.#isFailing = false;
    this.#deliveredThrough = last;
    this.#resolveWaiters(delivery);
    const projects = new Set(delivery.outcomes.map(({ projectId }) => projectId));
    this.#count(delivery, 1);
    try {
      await this.#log.settle(entries, this.#counters.textsOf(projects));
    } catch (error) {
      this.#count(delivery, -1);
      throw error;
    }
    this.#after = last;
  }

  #count(delivery: Delivery, sign: 1 | -1): void {
    for (const { projectId, outcome } of delivery.outcomes) {
      for (const [name, number] of Object.entries(changes[outcome])) {
        this.#counters.add(projectId, { [name]: sign * number });
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
    return this.#deliveredThrough !== null && comparePositions(position, this.#deliveredThrough) <= 0;
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

const changes = {
  stored: { waiting: -1, stored: 1 },
  duplicate: { waiting: -1, accepted: -1, duplicate: 1 },
  dead: { waiting: -1, dead: 1 },
};
