import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import { backendEventSchema, type ExactJson, isJsonObject, wire } from '@otas/event-schema';
import { type JsonObject, type RawBody, Success } from '@otas/http-kit';
import { z } from 'zod';
import type { EventCapture } from './event-capture';
import type { PreparedBackendEvent } from './log-record';
import type { CapturePrincipal } from './to-event';

const eventsMax = 1000;

/** A batch as JSON; an event that does not fit is refused by itself. */
export const batchSchema = z.object({ events: z.array(backendEventSchema).min(1).max(eventsMax) });

const fieldFault = z.object({ field: z.string(), message: z.string() });
const batchResult = z.union([
  z.object({ index: wire.count, event_id: wire.uuid }),
  z.object({
    index: wire.count,
    status_description: z.string().meta({ examples: ['missing_required_fields'] }),
    errors: z.array(fieldFault),
    missing_fields: z.array(z.string()).optional(),
  }),
]);

/** What became of each event of a batch. */
export const batchAnswer = z.object({
  accepted: wire.count,
  rejected: wire.count,
  results: z.array(batchResult),
  visible: z.boolean(),
});

/** One event of a batch as it was sent. */
interface Item {
  readonly body: JsonObject;
  readonly json: ExactJson;
}

type Result = { readonly index: number } & (
  | { readonly event_id: string }
  | { readonly status_description: string; readonly errors: readonly FieldError[] }
);

/**
 * Takes 1 to 1,000 events in, each on its own: what is wrong with one says nothing of the others.
 *
 * @returns 201 when all were accepted, 207 when some were; with `accepted`, `rejected` and a result for each event
 * @throws ApiError 400 `events_rejected` with the same when none was; 400 `invalid_json` or `invalid_request` when the
 *   batch itself cannot be read; 503 `event_log_full`, and then none was kept
 */
export function captureBatch(
  capture: EventCapture,
  principal: CapturePrincipal,
  items: readonly (Item | ApiError)[],
): Promise<Success> {
  const { prepared, results } = prepareAll(capture, principal, items);
  const [accepted, rejected] = [prepared.length, items.length - prepared.length];
  capture.countRejected(principal.projectId, rejected);
  const response = { accepted, rejected, results };
  if (accepted === 0) throw new ApiError('events_rejected', { payload: { response } });
  // Whoever waits here would hold on to all items; see EventCapture.keep.
  return answerOnce(capture.keep(principal.projectId, prepared), response);
}

interface Response {
  readonly accepted: number;
  readonly rejected: number;
  readonly results: readonly Result[];
}

async function answerOnce(kept: Promise<boolean>, response: Response): Promise<Success> {
  const visible = await kept;
  const payload = { response: { ...response, visible } };
  return response.rejected === 0
    ? new Success(201, 'events_captured', payload)
    : new Success(207, 'events_partly_captured', payload);
}

function prepareAll(
  capture: EventCapture,
  principal: CapturePrincipal,
  items: readonly (Item | ApiError)[],
): { prepared: PreparedBackendEvent[]; results: Result[] } {
  const prepared: PreparedBackendEvent[] = [];
  const results = items.map((item, index): Result => {
    try {
      if (item instanceof ApiError) throw item;
      const one = capture.prepare(item.body, item.json, principal);
      prepared.push(one);
      return { index, event_id: one.event.eventId };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { index, status_description: error.description, errors: errorsOf(error), ...error.payload };
    }
  });
  return { prepared, results };
}

/** What is wrong, field by field, also for the errors that the routes for one event answer in another form. */
function errorsOf(error: ApiError): readonly FieldError[] {
  const missing = error.payload.missing_fields;
  if (Array.isArray(missing)) return missing.map((field: string) => ({ field, message: 'is required' }));
  if (error.code === 'project_mismatch')
    return [{ field: 'project_id', message: 'is not the project of the key' }];
  return [{ field: 'body', message: 'must be a JSON object' }];
}

/** The events of a body `{"events": [...]}`. @throws ApiError 400 */
export function itemsOfJson(raw: RawBody): (Item | ApiError)[] {
  const { object, json } = raw.exactJson();
  const { events } = object;
  if (!Array.isArray(events)) throw invalidRequest([{ field: 'events', message: 'must be an array' }]);
  checkCount(events.length);
  return events.map((body: unknown) => {
    return isJsonObject(body) ? { body, json } : new ApiError('invalid_json');
  });
}

/** The events of a body with one JSON object a line; blank lines do not count. @throws ApiError 400 */
export function itemsOfLines(raw: RawBody): (Item | ApiError)[] {
  const lines = raw.lines();
  checkCount(lines.length);
  return lines.map((line) => {
    try {
      const { object: body, json } = line.exactJson();
      return { body, json };
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  });
}

function checkCount(count: number): void {
  if (count >= 1 && count <= eventsMax) return;
  throw invalidRequest([{ field: 'events', message: `must be 1 to ${eventsMax} events` }]);
}
