import type { SessionIdentity } from '../session/session-token';
import type { EventKind } from './request';

/** What a spool is opened with. */
export interface SpoolOwner {
  /** The key under which the tokens of sessions are sealed; it is not stored. */
  readonly key: string;
  /** Called when an event could not be spooled. Must not throw. */
  onFailure(error: unknown): void;
}

/** Opens a spool. @throws OtasError `spool_failed` */
export type SpoolFactory = (owner: SpoolOwner) => Spool;

/** A spooled event. */
export interface SpoolEntry {
  /** To be called once, when the event needs no more to survive. */
  settle(): void;
}

/** Events of an earlier process that ended before it had delivered them. */
export interface SpoolLeftover {
  readonly events: readonly LeftEvent[];
  /** To be called when all of them were settled. */
  remove(): void;
}

export interface LeftEvent {
  readonly kind: EventKind;
  readonly identity: SessionIdentity;
  readonly json: string;
}

/** Keeps events in files until they are settled, so that they survive the process. */
export interface Spool {
  /** Writes an event before it returns; null when there is no room. Never throws. */
  add(kind: EventKind, identity: SessionIdentity, json: string): SpoolEntry | null;
  /** What processes left that have ended, one file after the other, oldest first. Never throws. */
  leftovers(): AsyncIterable<SpoolLeftover>;
  /** Removes what is empty. */
  close(): void;
}
