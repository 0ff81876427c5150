import type { CallRecord } from '../record/call-record';
import { byteLength } from '../record/cut-text';
import { newStamp } from '../record/event-id';
import type { Redactor } from '../record/redactor';
import { toPlain } from '../record/to-plain';

type Bodies = 'request_body' | 'response_body';
type Required = 'path' | 'method' | 'status_code' | 'latency_ms';

/** A call that somebody else made or saw: what is left out is empty, the id and the time are those of now. */
export type LoggedCall = Pick<CallRecord, Required> &
  Partial<Omit<CallRecord, Required | Bodies>> & {
    /** A text; anything else becomes its JSON. */
    readonly request_body?: unknown;
    readonly response_body?: unknown;
  };

/** @param charsMax of a body's JSON, about @throws whatever reading the members of the call throws */
export function toCallRecord(call: LoggedCall, redactor: Redactor, charsMax: number): CallRecord {
  const text = (value: unknown): string | null => {
    if (value === null || value === undefined || typeof value === 'string') return value ?? null;
    return JSON.stringify(toPlain(value, redactor, charsMax)) ?? null;
  };
  const stamp = newStamp();
  const [request_body, response_body] = [text(call.request_body), text(call.response_body)];
  return {
    request_size_bytes: byteLength(request_body ?? ''),
    response_size_bytes: byteLength(response_body ?? ''),
    query_params: null,
    request_content_type: null,
    response_content_type: null,
    error: null,
    ...call,
    request_headers: namedHeaders(call.request_headers),
    response_headers: namedHeaders(call.response_headers),
    event_id: call.event_id ?? stamp.event_id,
    event_time: call.event_time ?? stamp.event_time,
    request_body,
    response_body,
  };
}

/** Also of what callers without types pass: `Headers`, a `Map`, pairs, names and values by turns, the lines of a head. */
function namedHeaders(given: unknown): Record<string, string> {
  if (given === null || given === undefined) return {};
  const list = typeof given === 'string' ? given.split(/\r?\n/).map(splitLine) : given;
  if (typeof list !== 'object' || !(Symbol.iterator in list)) return list as Record<string, string>;
  const items = [...(list as Iterable<unknown>)];
  const pairs = items.every(Array.isArray)
    ? (items as unknown[][])
    : items.flatMap((name, at) => (at % 2 === 0 ? [[name, items[at + 1]]] : []));
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (name === '' || value === undefined) continue;
    const key = String(name);
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]}, ${value}` : String(value);
  }
  return headers;
}

function splitLine(line: string): [name: string, value: string | undefined] {
  const at = line.indexOf(':');
  return at < 0 ? ['', undefined] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
