import { z } from 'zod';
import type { BackendEvent } from './backend-event';
import { asNumber, type ExactJson } from './exact-json';
import { type Micros, parseTime } from './time';
import { parseUuid } from './uuid';

const requiredFields = ['project_id', 'path', 'method', 'status_code', 'latency_ms'] as const;

type Stamped = 'eventId' | 'eventTime' | 'agentId' | 'agentSessionId' | 'createdAt' | 'redactedFields';

/** The body of a captured event, checked: what was sent, before anything is known of who sent it. */
export interface BackendEventInput extends Omit<BackendEvent, Stamped> {
  /** Null when the sender left it out. */
  readonly eventId: string | null;
  /** Null when the sender left it out. */
  readonly eventTime: Micros | null;
}

/** The required fields that are not there at all, in the order in which an answer names them. */
export function missingRequiredFields(body: object): string[] {
  return requiredFields.filter((name) => !Object.hasOwn(body, name));
}

/**
 * Checks one event's body. Unknown fields are ignored, null in an optional field is the same as leaving it out, a
 * number may come as a numeric string, and anything but a string in a text field becomes its JSON text.
 *
 * @param json the parsed text that `body` is, or is a part of
 */
export function parseBackendEventInput(
  body: Readonly<Record<string, unknown>>,
  json: ExactJson,
): { input: BackendEventInput } | { error: z.ZodError } {
  // zod does not run a transform for a key that is not there.
  const result = typedFields.safeParse({ ...absent, ...body });
  if (!result.success) return { error: result.error };
  const typed = result.data;
  const text = (value: unknown): string | null => {
    if (value === undefined || value === null) return null;
    return typeof value === 'string' ? value.toWellFormed() : json.textOf(value);
  };
  const jsonText = (value: unknown): string | null =>
    value === undefined || value === null ? null : json.textOf(value);
  const input = {
    projectId: typed.project_id,
    path: typed.path,
    method: typed.method,
    statusCode: typed.status_code,
    latencyMs: typed.latency_ms,
    requestSizeBytes: typed.request_size_bytes,
    responseSizeBytes: typed.response_size_bytes,
    eventId: typed.event_id,
    eventTime: typed.event_time,
    requestHeaders: text(body.request_headers),
    requestBody: text(body.request_body),
    queryParams: text(body.query_params),
    postData: text(body.post_data),
    responseHeaders: text(body.response_headers),
    responseBody: text(body.response_body),
    requestContentType: text(body.request_content_type),
    responseContentType: text(body.response_content_type),
    error: text(body.error),
    customProperties: jsonText(body.custom_properties),
    metadata: jsonText(body.metadata),
  };
  return { input };
}

const absent = { request_size_bytes: null, response_size_bytes: null, event_id: null, event_time: null };

/** A field that `read` turns into its value; `undefined` from it means that what was sent does not fit. */
function field<T>(message: string, read: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, ctx): T => {
    const result = read(value);
    if (result !== undefined) return result;
    ctx.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** The same for a field that may be left out or null, and then has the value `absent`. */
function optionalField<T, A>(absent: A, message: string, read: (value: unknown) => T | undefined) {
  return field<T | A>(message, (value) => (value === undefined || value === null ? absent : read(value)));
}

const integerText = /^\s*[+-]?\d{1,15}\s*$/;
const decimalText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function readNumber(value: unknown, textForm: RegExp): number | null {
  return typeof value === 'string' && textForm.test(value) ? Number(value) : asNumber(value);
}

function readInteger(max: number): (value: unknown) => number | undefined {
  return (value) => {
    const number = readNumber(value, integerText);
    return number !== null && Number.isInteger(number) && number >= 0 && number <= max ? number : undefined;
  };
}

function readLatency(value: unknown): number | undefined {
  const number = readNumber(value, decimalText);
  return number !== null && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function readString(value: unknown): string | undefined {
  // ClickHouse holds UTF-8, in which a lone surrogate has no form.
  return typeof value === 'string' ? value.toWellFormed() : undefined;
}

function readMethod(value: unknown): string | undefined {
  const text = readString(value);
  // A character may take two of the units in which JavaScript measures a text.
  if (text === undefined || text === '' || text.length > 40 || [...text].length > 20) return undefined;
  return text;
}

const statusMax = 65_535;
const sizeMax = 2 ** 32 - 1;
const sizeMessage = `must be an integer from 0 to ${sizeMax}`;
const timeMessage = 'must be an ISO 8601 time with at most six fraction digits';

const typedFields = z.object({
  project_id: field('must be a UUID', (value) => parseUuid(value) ?? undefined),
  path: field('must be a string', readString),
  method: field('must be a string of 1 to 20 characters', readMethod),
  status_code: field(`must be an integer from 0 to ${statusMax}`, readInteger(statusMax)),
  latency_ms: field('must be a finite number of at least 0', readLatency),
  request_size_bytes: optionalField(0, sizeMessage, readInteger(sizeMax)),
  response_size_bytes: optionalField(0, sizeMessage, readInteger(sizeMax)),
  event_id: optionalField(null, 'must be a UUID', (value) => parseUuid(value) ?? undefined),
  event_time: optionalField(null, timeMessage, (value) =>
    typeof value === 'string' ? (parseTime(value) ?? undefined) : undefined,
  ),
});
