import { attributes } from '../../../../test/otlp-attributes';
import { readSpans } from '../../src/otlp/read-spans';
import type { Span } from '../../src/otlp/span';

type Json = Record<string, unknown>;

/** A client's span of 20 ms with these attributes, read from the JSON form; `more` takes the place of its fields. */
export function readSpan(values: Json, more: Json = {}, resource: Json = {}): Span {
  const sent = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name: 'span',
    kind: 'SPAN_KIND_CLIENT',
    startTimeUnixNano: '1767225600000001999',
    endTimeUnixNano: '1767225600020001999',
    attributes: attributes(values),
    ...more,
  };
  const scopeSpans = [{ scope: { name: 'lib', version: '1.0' }, spans: [sent] }];
  const request = { resourceSpans: [{ resource: { attributes: attributes(resource) }, scopeSpans }] };
  return readSpans(request)[0] as Span;
}
