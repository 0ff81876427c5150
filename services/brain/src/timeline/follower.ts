import {
  comparePlaces,
  EventStoreUnavailable,
  type SessionScope,
  type TimelinePlace,
} from '@otas/event-store';
import { type EventStreamWriter, formatServerSentEvent } from '@otas/http-kit';
import { readPage } from '../reads/read-page';
import { markLate } from './item-to-json';
import type { TimelineDeps } from './list-timeline';
import { PendingItems } from './pending-items';
import { readInParts } from './read-in-parts';
import { SentRecord } from './sent-record';
import type { FeedListener, SessionFeed } from './session-feed';
import { keyOf, type StreamItem, toStreamItem } from './stream-item';
import type { TimelineCursor } from './timeline-cursor';

export interface FollowerOptions {
  /** A comment is sent after as many milliseconds without an event. */
  readonly heartbeatMs: number;
  /** An `id` is written with every event; it begins behind this one. Null: from the first event. */
  readonly cursor: TimelineCursor | null;
  readonly scope: SessionScope;
  readonly sessionKey: string;
}

const pageItems = 200;
const arrivalsAtOnce = 1000;
/** Characters of JSON that may wait for a client; past it the stream ends. */
const pendingMax = 8 * 1024 * 1024;
/** Events are put together in one write up to as many characters. */
const writeLength = 64 * 1024;
const reconnectMs = 1000;

/**
 * One stream of a session: what is there, then what arrives. Each event is sent once, in the order of the timeline; one
 * that comes when later ones were sent already is sent at once, and marked.
 */
export class Follower implements FeedListener {
  readonly #deps: TimelineDeps;
  readonly #options: FollowerOptions;
  readonly #pending = new PendingItems(pendingMax);
  /** What was sent before the feed has told of it. */
  readonly #ahead = new Set<string>();
  /** The last place in the order of the timeline that was sent. */
  #place: TimelinePlace | null;
  #sent = new SentRecord({ upTo: 0, marks: [] });
  #endReason: string | null = null;
  #wake: () => void = () => undefined;
  #writer: EventStreamWriter | null = null;
  #isWriting = false;

  constructor(deps: TimelineDeps, options: FollowerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#place = options.cursor?.place ?? null;
  }

  onArrivals(items: readonly StreamItem[]): void {
    for (const item of items) {
      if (!this.#ahead.delete(keyOf(item.place))) this.#pending.add(item);
    }
    if (this.#pending.isOverfull) this.end('too_slow');
    this.#wake();
  }

  onEnd(reason: string): void {
    this.end(reason);
  }

  /** Ends the stream with a last event that says why. A client that does not read at this moment is cut. */
  end(reason: string): void {
    this.#endReason ??= reason;
    this.#wake();
    if (this.#isWriting) this.#writer?.cut();
  }

  /**
   * Writes the stream until it is ended or the client has gone.
   *
   * @param feed what arrives; this follower is subscribed to it already
   */
  async run(writer: EventStreamWriter, feed: SessionFeed): Promise<void> {
    this.#writer = writer;
    writer.closed.addEventListener('abort', () => this.end('gone'));
    await this.#write(`retry: ${reconnectMs}\n\n`);
    try {
      await this.#beginRecord(feed);
      await this.#sendPages(feed);
      if (this.#endReason === null) await this.#write(': live\n\n');
      await this.#sendArrivals();
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      this.end('event_store_unavailable');
    }
    const reason = JSON.stringify({ reason: this.#endReason });
    await this.#write(formatServerSentEvent(reason, { event: 'end' }));
  }

  /** A stream that is resumed first sends what came while it was away, with a time that it had passed already. */
  async #beginRecord(feed: SessionFeed): Promise<void> {
    const { cursor } = this.#options;
    if (cursor === null) return;
    // Whoever goes on from a page has read all that was there, up to its place.
    this.#sent = new SentRecord(cursor.sent ?? { upTo: feed.newest, marks: [] });
    if (cursor.sent !== null) await this.#sendMissed(cursor.place, cursor.sent.upTo, feed);
  }

  async #sendMissed(place: TimelinePlace, upTo: number, feed: SessionFeed): Promise<void> {
    const { scope } = this.#options;
    const seen = new Set<string>();
    for (let createdAfter = upTo; this.#endReason === null; ) {
      const found = await this.#deps.timeline.listArrivals(scope, {
        createdAfter,
        eventTimeUntil: place.eventTime,
        order: 'oldest',
        limit: arrivalsAtOnce,
      });
      const missed = found.filter((one) => {
        if (seen.has(keyOf(one))) return false;
        seen.add(keyOf(one));
        return comparePlaces(one, place) <= 0 && !this.#sent.recall(one);
      });
      for await (const { items } of readInParts(this.#deps.timeline, scope, missed)) {
        const inOrderOfTakingIn = items.map((item) => toStreamItem(item, this.#options.sessionKey));
        await this.#sendNew(
          inOrderOfTakingIn.sort((a, b) => a.createdAt - b.createdAt),
          feed,
        );
      }
      if (found.length < arrivalsAtOnce) return;
      // Of those that were taken in at the last moment some may not be among these.
      createdAfter = Math.max(createdAfter + 1, (found.at(-1)?.createdAt ?? 0) - 1);
    }
  }

  async #sendPages(feed: SessionFeed): Promise<void> {
    const { scope, sessionKey } = this.#options;
    while (this.#endReason === null) {
      const place = this.#place;
      const { rows, hasMore } = await readPage(pageItems, (limit) =>
        this.#deps.timeline.listPage(scope, limit, place),
      );
      await this.#sendNew(
        rows.map((item) => toStreamItem(item, sessionKey)),
        feed,
      );
      if (!hasMore) return;
    }
  }

  /** Sends what was read here, of which the feed may tell too, or has told already. */
  async #sendNew(items: readonly StreamItem[], feed: SessionFeed): Promise<void> {
    for (const item of items) {
      if (!this.#pending.remove(item) && !feed.knows(item)) this.#ahead.add(keyOf(item.place));
    }
    await this.#send(items);
  }

  async #sendArrivals(): Promise<void> {
    while (this.#endReason === null) {
      if (this.#pending.isEmpty) {
        const isWoken = await this.#untilWoken();
        if (!isWoken) await this.#write(': alive\n\n');
        continue;
      }
      await this.#send(this.#pending.takeAll(this.#place));
    }
  }

  /** Gives false when nothing happened for so long that it is time for a sign of life. */
  #untilWoken(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#options.heartbeatMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  async #send(items: readonly StreamItem[]): Promise<void> {
    let text = '';
    for (const item of items) {
      const isLate = this.#place !== null && comparePlaces(item.place, this.#place) <= 0;
      if (!isLate) this.#place = item.place;
      this.#sent.add({ eventId: item.place.eventId, createdAt: item.createdAt });
      text += formatServerSentEvent(isLate ? markLate(item.json) : item.json, { id: this.#id(item.place) });
      if (text.length < writeLength) continue;
      await this.#write(text);
      text = '';
    }
    if (text !== '') await this.#write(text);
  }

  #id(place: TimelinePlace): string {
    const cursor = { place: this.#place ?? place, sent: this.#sent.marks };
    return this.#deps.timelineCursors.write(cursor, this.#options.scope);
  }

  async #write(text: string): Promise<void> {
    this.#isWriting = true;
    await this.#writer?.write(text);
    this.#isWriting = false;
  }
}
