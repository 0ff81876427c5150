import type { SessionIdentity } from '../session/session-token';
import { Lane, type QueuedEvent } from './lane';
import type { EventKind } from './request';
import type { SpoolEntry } from './spool';

/** An event that is to wait. */
export interface NewEvent {
  readonly kind: EventKind;
  /** Names its lane among those of its kind. */
  readonly key: string;
  /** Null while the session is not there yet. */
  readonly identity: SessionIdentity | null;
  readonly json: string;
  readonly bytes: number;
  readonly entry: SpoolEntry | null;
}

interface Waiter {
  readonly before: number;
  done(): void;
}

/** The events that wait, lane by lane; a lane is there while it has any. */
export class EventQueue {
  readonly #lanes = new Map<string, Lane>();
  readonly #waiters = new Set<Waiter>();
  #sequence = 0;
  #count = 0;
  #bytes = 0;

  /** Events, those that are being sent included. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** @returns the event's lane */
  push({ kind, key, identity, json, bytes, entry }: NewEvent): Lane {
    const name = `${kind} ${key}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(name, kind, identity);
      this.#lanes.set(name, lane);
    }
    lane.push({ json, bytes, entry, sequence: this.#sequence++ });
    this.#count++;
    this.#bytes += bytes;
    return lane;
  }

  /** Takes those of a lane's first `among` events out that `isSettled` names by their index. */
  settle(lane: Lane, among: number, isSettled: (index: number) => boolean = () => true): void {
    const settled: readonly QueuedEvent[] = lane.remove(among, isSettled);
    for (const { bytes, entry } of settled) {
      this.#bytes -= bytes;
      entry?.settle();
    }
    this.#count -= settled.length;
    if (lane.length === 0) this.#lanes.delete(lane.name);
    this.#tellWaiters();
  }

  /** Lets other lanes go first. */
  moveBack(lane: Lane): void {
    if (this.#lanes.delete(lane.name)) this.#lanes.set(lane.name, lane);
  }

  /** Calls `done` once all that waits now is settled, unless the function that it gives is called first. */
  whenSettled(done: () => void): () => void {
    const waiter: Waiter = { before: this.#sequence, done };
    this.#waiters.add(waiter);
    this.#tellWaiters();
    return () => this.#waiters.delete(waiter);
  }

  #tellWaiters(): void {
    if (this.#waiters.size === 0) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { first } of this.lanes) oldest = Math.min(oldest, first?.sequence ?? oldest);
    for (const waiter of this.#waiters) {
      if (waiter.before > oldest) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
