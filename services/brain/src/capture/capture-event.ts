import { ApiError } from '@otas/errors';
import { wire } from '@otas/event-schema';
import type { RawBody } from '@otas/http-kit';
import { z } from 'zod';
import type { EventCapture } from './event-capture';
import type { CapturePrincipal } from './to-event';

export const capturedEvent = z.object({ event_id: wire.uuid, visible: z.boolean() });

/**
 * Takes one event in; resolves when it is durable.
 *
 * @returns the event's id, and whether the next read sees it
 * @throws ApiError 400 `invalid_json`, those of {@link toEvent}, 503 `event_log_full`
 */
export async function captureEvent(
  capture: EventCapture,
  principal: CapturePrincipal,
  raw: RawBody,
): Promise<{ event_id: string; visible: boolean }> {
  const prepared = prepare(capture, principal, raw);
  const visible = await capture.keep(principal.projectId, [prepared]);
  return { event_id: prepared.event.eventId, visible };
}

function prepare(capture: EventCapture, principal: CapturePrincipal, raw: RawBody) {
  try {
    const { object, json } = raw.exactJson();
    return capture.prepare(object, json, principal);
  } catch (error) {
    if (error instanceof ApiError) capture.countRejected(principal.projectId, 1);
    throw error;
  }
}
