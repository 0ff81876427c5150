import type { SessionIdentity } from '../session/session-token';
import type { EventKind } from './request';
import type { SpoolEntry } from './spool';

/** An event that waits. */
export interface QueuedEvent {
  readonly json: string;
  readonly bytes: number;
  /** Grows from event to event, over all lanes. */
  readonly sequence: number;
  /** Its place in the spool, which is given up once the event is settled. */
  readonly entry: SpoolEntry | null;
}

/** The events of one kind and one session, which are sent in their order, one request after the other. */
export class Lane {
  readonly name: string;
  readonly kind: EventKind;
  /** Null until the session exists. */
  identity: SessionIdentity | null;
  isSending = false;
  /** How many events are tried at once after more were too many. */
  batchMaxEvents = Number.POSITIVE_INFINITY;
  /** How many of the first events are to be sent without waiting for others. */
  due = 0;
  /** Requests that failed in a row for a reason of this session alone. */
  failures = 0;
  /** `performance.now()` from which on it may be tried again. */
  pausedUntil = 0;
  #events: QueuedEvent[] = [];
  #head = 0;
  #bytes = 0;

  constructor(name: string, kind: EventKind, identity: SessionIdentity | null) {
    this.name = name;
    this.kind = kind;
    this.identity = identity;
  }

  get length(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): QueuedEvent | undefined {
    return this.#events[this.#head];
  }

  push(event: QueuedEvent): void {
    this.#events.push(event);
    this.#bytes += event.bytes;
  }

  /** Events from the index `skip` on: as many as fit into both bounds, and one if there is any. */
  peek(maxEvents: number, maxBytes: number, skip = 0): QueuedEvent[] {
    const batch: QueuedEvent[] = [];
    let bytes = 0;
    for (let at = this.#head + skip; at < this.#events.length && batch.length < maxEvents; at++) {
      const event = this.#events[at] as QueuedEvent;
      bytes += event.bytes;
      if (bytes > maxBytes && batch.length > 0) break;
      batch.push(event);
    }
    return batch;
  }

  /** Takes those of the first `among` events out that `isOut` names by their index, and gives them. */
  remove(among: number, isOut: (index: number) => boolean): QueuedEvent[] {
    const first = this.#events.slice(this.#head, this.#head + among);
    const out = first.filter((_event, index) => isOut(index));
    const kept = first.filter((_event, index) => !isOut(index));
    this.#head += out.length;
    for (const [index, event] of kept.entries()) this.#events[this.#head + index] = event;
    for (const { bytes } of out) this.#bytes -= bytes;
    this.due = Math.max(0, this.due - out.length);
    // Moving all others each time would cost more than keeping some empty places.
    if (this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return out;
  }
}
