import type { Micros } from '@otas/event-schema';
import { placeOf, type TimelineItem, type TimelinePlace } from '@otas/event-store';
import { itemToJson } from './item-to-json';

/** An item as a stream sends it. */
export interface StreamItem {
  readonly place: TimelinePlace;
  /** When Brain took it in. */
  readonly createdAt: Micros;
  readonly json: string;
}

export function toStreamItem(item: TimelineItem, sessionKey: string): StreamItem {
  return { place: placeOf(item), createdAt: item.event.createdAt, json: itemToJson(item, sessionKey) };
}

/** An id is unique among the events of one kind. */
export function keyOf({ kind, eventId }: Pick<TimelinePlace, 'kind' | 'eventId'>): string {
  return `${kind[0]}${eventId}`;
}
