import type { BackendEvent, Micros } from '@otas/event-schema';

/** An agent event as the timeline reads it. */
export interface TimelineAgentEvent {
  readonly eventId: string;
  /** Whole milliseconds. */
  readonly eventTime: Micros;
  readonly type: string;
  /** The order of recording within one millisecond. */
  readonly sequence: number;
  /** JSON text of an object: the event's own fields. */
  readonly fields: string;
  /** When Brain took it in. */
  readonly createdAt: Micros;
}

/** One thing that happened in a session. */
export type TimelineItem =
  | { readonly kind: 'backend_event'; readonly event: BackendEvent }
  | { readonly kind: 'agent_event'; readonly event: TimelineAgentEvent };

export type TimelineKind = TimelineItem['kind'];

/**
 * Where an item stands in the timeline of its session. Items are ordered by time; at one instant agent events come
 * first, by `sequence`, then by the text of their id, and then backend events, by the text of their id.
 */
export interface TimelinePlace {
  readonly eventTime: Micros;
  readonly kind: TimelineKind;
  /** 0 for a backend event. */
  readonly sequence: number;
  readonly eventId: string;
}

export function placeOf({ kind, event }: TimelineItem): TimelinePlace {
  const sequence = kind === 'agent_event' ? event.sequence : 0;
  return { eventTime: event.eventTime, kind, sequence, eventId: event.eventId };
}

/** Negative when `a` comes before `b`, positive when it comes after it, 0 for the same place. */
export function comparePlaces(a: TimelinePlace, b: TimelinePlace): number {
  if (a.eventTime !== b.eventTime) return a.eventTime - b.eventTime;
  if (a.kind !== b.kind) return a.kind === 'agent_event' ? -1 : 1;
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  if (a.eventId === b.eventId) return 0;
  return a.eventId < b.eventId ? -1 : 1;
}
