import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from '@otas/event-schema';
import {
  type Arrival,
  comparePlaces,
  EventStoreUnavailable,
  type SessionScope,
  type TimelineStore,
} from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import { readInParts } from './read-in-parts';
import { keyOf, type StreamItem, toStreamItem } from './stream-item';

export interface FeedListener {
  /** Items that were not there before, in the order of their places. */
  onArrivals(items: readonly StreamItem[]): void;
  /** The feed cannot go on. */
  onEnd(reason: string): void;
}

export interface FeedDeps {
  readonly timeline: TimelineStore;
  readonly logger: Logger;
  /** Pause between two questions to ClickHouse, in milliseconds; twice as long while nothing arrives. */
  readonly pollMs: number;
}

/** How far back in the order of taking in a poll looks, for what comes to ClickHouse in another order. */
const overlap: Micros = 10_000_000;
/** The same for some polls: an instance whose ClickHouse was away may bring events that it took in long ago. */
const wideOverlap: Micros = 600_000_000;
const wideEvery = 16;
const arrivalsMax = 10_000;
/** After as many polls without an arrival the pause is twice as long. */
const quietAfter = 10;
const retryMaxMs = 5000;

/**
 * Finds out what arrives in one session, for all who follow it, by asking ClickHouse again and again. Each event is told
 * once, if it comes to ClickHouse within ten minutes and 10,000 events of the session from when it was taken in.
 */
export class SessionFeed {
  readonly #store: TimelineStore;
  readonly #scope: SessionScope;
  readonly #sessionKey: string;
  readonly #pollMs: number;
  readonly #logger: Logger;
  readonly #listeners = new Set<FeedListener>();
  /** When the events that are known were taken in, by their keys. */
  readonly #known = new Map<string, Micros>();
  /** What was taken in up to here is never told. */
  #since: Micros;
  #newest: Micros;
  readonly #begun: Promise<void>;
  #isStopped = false;
  #quietPolls = 0;

  constructor(scope: SessionScope, sessionKey: string, deps: FeedDeps) {
    this.#scope = scope;
    this.#sessionKey = sessionKey;
    this.#store = deps.timeline;
    this.#pollMs = deps.pollMs;
    this.#logger = deps.logger;
    this.#newest = Date.now() * 1000;
    this.#since = this.#newest - wideOverlap;
    this.#begun = this.#find(this.#since).then((arrivals) => this.#remember(arrivals));
    this.#begun.then(
      () => this.#run(),
      () => undefined,
    );
  }

  /** Resolves when all that arrives from now on will be told. @throws EventStoreUnavailable */
  async subscribe(listener: FeedListener): Promise<void> {
    this.#listeners.add(listener);
    await this.#begun;
  }

  /** Gives whether somebody else still listens; a feed without listeners ends. */
  unsubscribe(listener: FeedListener): boolean {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#isStopped = true;
    return this.#listeners.size > 0;
  }

  /** Whether nothing will be told any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether it was told already, or was there before the first listener, or will never be told. */
  knows({ place, createdAt }: StreamItem): boolean {
    return createdAt <= this.#since || this.#known.has(keyOf(place));
  }

  /** The latest moment at which one of the known events was taken in. */
  get newest(): Micros {
    return this.#newest;
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (let polls = 1; ; polls++) {
      const isQuiet = this.#quietPolls > quietAfter;
      await sleep(Math.min(this.#pollMs * 2 ** (failures + (isQuiet ? 1 : 0)), retryMaxMs));
      if (this.#isStopped) return;
      try {
        await this.#poll(polls % wideEvery === 0 ? wideOverlap : overlap);
        failures = 0;
      } catch (error) {
        if (this.#isStopped) return;
        failures = Math.min(failures + 1, 10);
        if (error instanceof EventStoreUnavailable) continue;
        this.#logger.error({ err: error }, 'a feed of a session failed');
        return this.#end('server_error');
      }
    }
  }

  async #poll(back: Micros): Promise<void> {
    const found = await this.#find(Math.max(this.#newest - back, this.#since));
    const fresh = found.filter((one) => !this.#known.has(keyOf(one)));
    // Between two polls came more than one can tell: whoever connects again reads them as pages.
    if (fresh.length >= arrivalsMax) return this.#end('too_many_arrivals');
    this.#quietPolls = fresh.length === 0 ? this.#quietPolls + 1 : 0;
    if (fresh.length > 0) {
      for await (const part of readInParts(this.#store, this.#scope, fresh.sort(comparePlaces))) {
        this.#remember(part.arrivals);
        const items = part.items.map((item) => toStreamItem(item, this.#sessionKey));
        for (const listener of this.#listeners) listener.onArrivals(items);
      }
    }
    if (back === wideOverlap) this.#forget();
  }

  /** Newest first, each once. */
  async #find(createdAfter: Micros): Promise<Arrival[]> {
    const found = await this.#store.listArrivals(this.#scope, {
      createdAfter,
      eventTimeUntil: Number.MAX_SAFE_INTEGER,
      order: 'newest',
      limit: arrivalsMax,
    });
    if (found.length === arrivalsMax) this.#since = Math.max(this.#since, found.at(-1)?.createdAt ?? 0);
    return [...new Map(found.map((one) => [keyOf(one), one])).values()];
  }

  #remember(arrivals: readonly Arrival[]): void {
    const now = Date.now() * 1000;
    for (const arrival of arrivals) {
      const { createdAt } = arrival;
      this.#known.set(keyOf(arrival), createdAt);
      // An instance whose clock is ahead must not hide what the others take in.
      this.#newest = Math.max(this.#newest, Math.min(createdAt, now));
    }
  }

  #forget(): void {
    this.#since = Math.max(this.#since, this.#newest - wideOverlap);
    for (const [key, createdAt] of this.#known) {
      if (createdAt <= this.#since) this.#known.delete(key);
    }
  }

  #end(reason: string): void {
    this.#isStopped = true;
    for (const listener of this.#listeners) listener.onEnd(reason);
  }
}
