import type { CallRecord } from './call-record';
import { cutText } from './cut-text';
import type { Redactor } from './redactor';
import { redacted } from './secret-shapes';
import { toPlain } from './to-plain';

/** How much of `custom_properties` and of `metadata` is kept, in characters. */
const propertiesMaxChars = 262_144;

/**
 * The JSON of a call without credentials, texts cut after `bodyMaxBytes`. A field of which that cannot be told reads
 * `[REDACTED]` as a whole.
 *
 * @throws nothing
 */
export function callToJson(call: CallRecord, redactor: Redactor, bodyMaxBytes: number): string {
  const text = (value: string | null | undefined, redact: (value: string) => string): string | null =>
    value === null || value === undefined
      ? null
      : closed(() => cutText(redact(String(value)), bodyMaxBytes), redacted);
  const plain = (value: string): string => redactor.text(value);
  const pairs = (value: string): string => redactor.pairs(value);
  const body = (type: unknown) =>
    /^application\/x-www-form-urlencoded/i.test(String(type ?? '')) ? pairs : plain;
  const headers = (value: Readonly<Record<string, string>> | undefined) =>
    closed(() => redactor.headers(value ?? {}), { redacted });
  const properties = (value: object | undefined) =>
    value === undefined || value === null ? undefined : toPlain(value, redactor, propertiesMaxChars);
  return JSON.stringify({
    event_id: call.event_id,
    event_time: call.event_time,
    path: closed(() => redactor.url(call.path), redacted),
    method: call.method,
    status_code: call.status_code,
    latency_ms: call.latency_ms,
    request_size_bytes: call.request_size_bytes,
    response_size_bytes: call.response_size_bytes,
    request_headers: headers(call.request_headers),
    response_headers: headers(call.response_headers),
    request_body: text(call.request_body, body(call.request_content_type)),
    response_body: text(call.response_body, body(call.response_content_type)),
    query_params: text(call.query_params, pairs),
    request_content_type: text(call.request_content_type, plain),
    response_content_type: text(call.response_content_type, plain),
    error: text(call.error, plain),
    custom_properties: properties(call.custom_properties),
    metadata: properties(call.metadata),
  });
}

/** What `make` gives; `otherwise` when it throws, so that nothing leaves that was not looked at. */
function closed<T, O>(make: () => T, otherwise: O): T | O {
  try {
    return make();
  } catch {
    return otherwise;
  }
}
