import { randomBytes } from 'node:crypto';
import { attributes } from '../../../../test/otlp-attributes';

type Json = Record<string, unknown>;

/** A span of 12.5 ms that began now, with ids of its own; `more` takes the place of its fields. */
export function span(values: Json, more: Json = {}): Json {
  const startNanos = BigInt(Date.now()) * 1_000_000n + 123_000n;
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'test',
    kind: 3,
    startTimeUnixNano: String(startNanos),
    endTimeUnixNano: String(startNanos + 12_500_000n),
    attributes: attributes(values),
    ...more,
  };
}

/** An export request of these spans, all of one resource. */
export function exportRequest(spans: readonly Json[], resource: Json = {}): Json {
  const scope = { name: 'test', version: '1' };
  return {
    resourceSpans: [
      { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope, spans: [...spans] }] },
    ],
  };
}

export const httpCall = {
  'http.request.method': 'GET',
  'url.full': 'https://shop.example/orders?limit=2',
  'http.response.status_code': 200,
};

/** One HTTP call. */
export const httpSpanRequest = (): Json => exportRequest([span(httpCall)]);
