import { ApiError } from '@otas/errors';
import { type BackendEvent, type Micros, parseExactJson, parseTime, parseUuid } from '@otas/event-schema';
import type { OriginalRow } from '@otas/original';
import type { Redactor } from '../capture/redactor';
import { toEvent } from '../capture/to-event';

export interface ImportRules {
  readonly redactor: Redactor;
  /** As for captured events. */
  readonly bodyMaxBytes: number;
}

/** An event of the original does not fit; the message says why, without any value of it. */
export class UnfitEvent extends Error {}

/** The times that are exact to the microsecond from end to end; both inclusive. */
const [timeMin, timeMax]: readonly [Micros, Micros] = [0, Number.MAX_SAFE_INTEGER];

/**
 * The event of a row, by the same checks, redaction and cuts as one that is captured; but its id and its times are those of
 * the row, however old it is.
 *
 * @throws UnfitEvent
 */
export function toImportedEvent(row: OriginalRow<'backend_event'>, rules: ImportRules): BackendEvent {
  const eventTime = timeOf(row.event_time, 'event_time');
  const createdAt = row.created_at === null ? eventTime : timeOf(row.created_at, 'created_at');
  const eventId = idOf(row.event_id, 'event_id');
  const principal = {
    projectId: idOf(row.project_id, 'project_id'),
    agentId: idOf(row.agent_id, 'agent_id'),
    sessionId: idOf(row.agent_session_id, 'agent_session_id'),
  };
  const { custom_properties, metadata, event_time: _, ...texts } = row;
  const json = parseExactJson(
    `{"custom_properties":${jsonOf(custom_properties)},"metadata":${jsonOf(metadata)}}`,
  );
  const body = { ...texts, ...(json.value as object), event_id: eventId };
  const window = { past: Number.POSITIVE_INFINITY, future: Number.POSITIVE_INFINITY };
  try {
    return {
      ...toEvent(body, json, principal, { now: createdAt, eventId }, { ...rules, window }),
      eventTime,
    };
  } catch (error) {
    if (error instanceof ApiError) throw new UnfitEvent(reasonOf(error));
    throw error;
  }
}

/** A text that is no JSON, as a column of texts may hold it, becomes a JSON string. */
function jsonOf(text: string | null): string {
  if (text === null) return 'null';
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

function reasonOf({ code, payload }: ApiError): string {
  const { errors = [] } = payload as { errors?: readonly { field: string; message: string }[] };
  return errors.length === 0 ? code : errors.map(({ field, message }) => `${field} ${message}`).join('; ');
}

function idOf(value: string | null, name: string): string {
  const id = parseUuid(value);
  if (id === null) throw new UnfitEvent(`${name} is no UUID`);
  return id;
}

function timeOf(value: string | null, name: string): Micros {
  const time = value === null ? null : parseTime(value);
  if (time === null) throw new UnfitEvent(`${name} is no time`);
  if (time < timeMin || time > timeMax) throw new UnfitEvent(`${name} is before 1970 or after 2255`);
  return time;
}
