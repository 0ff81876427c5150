import type { RawBody } from '@otas/http-kit';
import { uuidv7 } from 'uuidv7';
import type { CaptureClock } from './clock';
import type { InsertQueue } from './insert-queue';
import { type CapturePrincipal, type ToEventRules, toEvent } from './to-event';

export interface CaptureDeps {
  readonly clock: CaptureClock;
  readonly queue: InsertQueue;
  readonly rules: ToEventRules;
}

/**
 * Takes one event in and gives its id; resolves when it is stored and the next read sees it.
 *
 * @throws ApiError 400 `invalid_json`, those of {@link toEvent}, 503 `event_store_unavailable`
 */
export async function captureEvent(
  deps: CaptureDeps,
  principal: CapturePrincipal,
  raw: RawBody,
): Promise<string> {
  const { object, json } = raw.exactJson();
  const stamp = { now: deps.clock.now(), eventId: uuidv7() };
  const event = toEvent(object, json, principal, stamp, deps.rules);
  await deps.queue.add(event, event.eventId !== stamp.eventId);
  return event.eventId;
}
