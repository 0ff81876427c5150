import { z } from 'zod';
import type { BackendEvent } from './backend-event';
import { asNumber, type ExactJson } from './exact-json';
import type { FieldFault } from './field-checks';
import { type Micros, parseTime } from './time';
import { parseUuid } from './uuid';
import { sent } from './wire-schemas';

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
): { input: BackendEventInput } | { faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const take = <T>({ name, message, read }: Field<T>): T => {
    const value = read(body[name]);
    if (value === undefined) faults.push({ field: name, message });
    // With a fault, no input is given away.
    return value as T;
  };
  const text = (value: unknown): string | null => {
    if (value === undefined || value === null) return null;
    return typeof value === 'string' ? value.toWellFormed() : json.textOf(value);
  };
  const jsonText = (value: unknown): string | null =>
    value === undefined || value === null ? null : json.textOf(value);
  const input = {
    projectId: take(fields.projectId),
    path: take(fields.path),
    method: take(fields.method),
    statusCode: take(fields.statusCode),
    latencyMs: take(fields.latencyMs),
    requestSizeBytes: take(fields.requestSizeBytes),
    responseSizeBytes: take(fields.responseSizeBytes),
    eventId: take(fields.eventId),
    eventTime: take(fields.eventTime),
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
  return faults.length === 0 ? { input } : { faults };
}

const integerText = /^\s*(?:\+?\d{1,15}|-0{1,15})\s*$/;
/** No digit fits in two places: else a long text of digits would be tried in all ways to share it out. */
const decimalText = /^\s*(?:\+?(?:\d+(?:\.\d*)?|\.\d+)|-(?:0+(?:\.0*)?|\.0+))(?:[eE][+-]?\d+)?\s*$/;

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

/**
 * A field that `read` turns into its value; `undefined` from it means that what was sent does not fit. `schema` takes exactly
 * what `read` takes, and describes it: events come too often to be read with it.
 */
interface Field<T> {
  readonly name: string;
  readonly message: string;
  readonly schema: z.ZodType;
  read(value: unknown): T | undefined;
}

/** A field that may be left out or null, and then has the value `absent`. */
function optional<T, A>(absent: A, { name, message, schema, read }: Field<T>): Field<T | A> {
  return {
    ...{ name, message, schema: schema.nullish() },
    read: (value) => (value === undefined || value === null ? absent : read(value)),
  };
}

function uuidField(name: string): Field<string> {
  const read = (value: unknown) => parseUuid(value) ?? undefined;
  return { name, message: 'must be a UUID', schema: sent.uuid, read };
}

function integerField(name: string, max: number, example: number): Field<number> {
  const read = readInteger(max);
  const schema = z
    .union([z.int().min(0).max(max), numberAsText(integerText, read)])
    .meta({ examples: [example] });
  return { name, message: `must be an integer from 0 to ${max}`, schema, read };
}

function numberAsText(form: RegExp, read: (value: unknown) => unknown): z.ZodType {
  return z
    .string()
    .refine((text) => read(text) !== undefined)
    .meta({ pattern: form.source });
}

const statusMax = 65_535;
const sizeMax = 2 ** 32 - 1;

const pathSchema = z.string().meta({ examples: ['/v1/orders/'] });
const methodSchema = z
  .string()
  .refine((text) => readMethod(text) !== undefined)
  .meta({ minLength: 1, maxLength: 20, examples: ['POST'] });
const latencySchema = z
  .union([z.number().min(0), numberAsText(decimalText, readLatency)])
  .meta({ examples: [84.2] });

/** In the order in which faults are named. */
const fields = {
  projectId: uuidField('project_id'),
  path: { name: 'path', message: 'must be a string', schema: pathSchema, read: readString },
  method: {
    ...{ name: 'method', message: 'must be a string of 1 to 20 characters' },
    ...{ schema: methodSchema, read: readMethod },
  },
  statusCode: integerField('status_code', statusMax, 201),
  latencyMs: {
    ...{ name: 'latency_ms', message: 'must be a finite number of at least 0' },
    ...{ schema: latencySchema, read: readLatency },
  },
  requestSizeBytes: optional(0, integerField('request_size_bytes', sizeMax, 10)),
  responseSizeBytes: optional(0, integerField('response_size_bytes', sizeMax, 512)),
  eventId: optional(null, uuidField('event_id')),
  eventTime: optional(null, {
    name: 'event_time',
    message: 'must be an ISO 8601 time with at most six fraction digits',
    schema: sent.time,
    read: (value) => (typeof value === 'string' ? (parseTime(value) ?? undefined) : undefined),
  }),
};

const anyText = z
  .unknown()
  .optional()
  .meta({ description: 'A text; anything else is kept as its JSON text.', examples: ['{"item":7}'] });
const anyJson = z
  .unknown()
  .optional()
  .meta({ description: 'Any JSON.', examples: [{ region: 'eu' }] });

/** The body of a captured event: takes exactly what {@link parseBackendEventInput} takes. */
export const backendEventSchema = z
  .object({
    ...Object.fromEntries(Object.values(fields).map(({ name, schema }) => [name, schema])),
    ...{ request_headers: anyText, request_body: anyText, query_params: anyText, post_data: anyText },
    ...{ response_headers: anyText, response_body: anyText },
    ...{ request_content_type: anyText, response_content_type: anyText },
    ...{ error: anyText, custom_properties: anyJson, metadata: anyJson },
  })
  .meta({ id: 'BackendEvent' });
