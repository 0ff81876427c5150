import { ApiError } from '@otas/errors';
import type { BackendEvent } from '@otas/event-schema';
import { type EventStore, eventKey } from '@otas/event-store';

export interface InsertQueueOptions {
  /** How many events may wait; past it 503 `event_store_unavailable`. */
  readonly eventsMax: number;
  /** How many events go into one insert. */
  readonly insertEventsMax: number;
}

interface Waiting {
  readonly event: BackendEvent;
  /** Whether the sender named the event, so that it may have been sent before. */
  readonly isNamed: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes events to the store, one insert at a time: what waits while an insert is in flight goes together in the next,
 * and nothing waits while the store is idle.
 */
export class InsertQueue {
  readonly #store: EventStore;
  readonly #options: InsertQueueOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(store: EventStore, options: InsertQueueOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Resolves when the event is in the store and the next read sees it; an event whose id its project already has is
   * the same event, and stays as it was.
   *
   * @throws ApiError 503 `event_store_unavailable` when too many events wait; else what the insert threw.
   */
  add(event: BackendEvent, isNamed: boolean): Promise<void> {
    if (this.#waiting.length >= this.#options.eventsMax) {
      return Promise.reject(new ApiError('event_store_unavailable', { cause: 'too many events wait' }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, isNamed, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests that arrive in the same turn of the event loop share the first insert too.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.insertEventsMax);
      try {
        await this.#insert(batch);
        for (const one of batch) one.resolve();
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    this.#running = null;
  }

  async #insert(batch: readonly Waiting[]): Promise<void> {
    const named = batch.filter((one) => one.isNamed);
    const known = await this.#store.findKnownEventKeys(named.map((one) => one.event));
    const events = batch.flatMap(({ event, isNamed }) => {
      if (!isNamed) return [event];
      const key = eventKey(event);
      if (known.has(key)) return [];
      known.add(key);
      return [event];
    });
    if (events.length > 0) await this.#store.insertBackendEvents(events);
  }
}
