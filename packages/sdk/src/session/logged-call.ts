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
    request_headers: {},
    response_headers: {},
    query_params: null,
    request_content_type: null,
    response_content_type: null,
    error: null,
    ...call,
    event_id: call.event_id ?? stamp.event_id,
    event_time: call.event_time ?? stamp.event_time,
    request_body,
    response_body,
  };
}
