import { type EventStore, EventStoreUnavailable } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';

const intervalMs = 1000;

/** Tells ClickHouse every second which counts have changed, so that any instance can give the sum of all. */
export class CountsPublisher {
  readonly #store: EventStore;
  readonly #counters: CaptureCounters;
  readonly #clock: CaptureClock;
  readonly #instanceId: string;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | null = null;
  #publishing: Promise<void> = Promise.resolve();

  /** @param instanceId a UUID that belongs to the log, not to the process */
  constructor(
    store: EventStore,
    counters: CaptureCounters,
    clock: CaptureClock,
    instanceId: string,
    logger: Logger,
  ) {
    this.#store = store;
    this.#counters = counters;
    this.#clock = clock;
    this.#instanceId = instanceId;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#publishing = this.#publishing.then(() => this.#publish());
    }, intervalMs);
    this.#timer.unref();
  }

  /** Publishes once more and ends. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#publishing;
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const changed = this.#counters.takeChanged();
    if (changed.size === 0) return;
    try {
      await this.#store.writeCaptureCounts(this.#instanceId, changed, this.#clock.now());
    } catch (error) {
      this.#counters.putBack(changed);
      // The drain says it when ClickHouse is away.
      if (!(error instanceof EventStoreUnavailable))
        this.#logger.error({ err: error }, 'counts were not published');
    }
  }
}
