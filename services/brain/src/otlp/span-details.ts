import { formatTime } from '@otas/event-schema';
import { mapTexts, redactValue } from '../agent-events/redact-value';
import type { Redactor } from '../capture/redactor';
import { redacted } from '../capture/secret-shapes';
import { type Attributes, type AttributeValue, type Span, type SpanEvent, spanKinds } from './span';

/** What a resource says of the program; the rest of it is the same in all its spans, and would be kept with each. */
const resourceNames =
  /^(?:service\.(?:name|namespace|version|instance\.id)|deployment\.environment(?:\.name)?)$/;
const urlAttribute = /^(?:url\.(?:full|original)|http\.(?:url|target))$/;
const queryAttribute = /^url\.(?:query|fragment)$/;
const sharedTextMaxLength = 256;
const kindNames = new Map<number, string>(Object.entries(spanKinds).map(([name, kind]) => [kind, name]));

/** Which span an event is of; what is empty is left out. */
export function spanReference({ traceId, spanId, parentSpanId }: Span): Record<string, AttributeValue> {
  return {
    trace_id: traceId,
    span_id: spanId,
    ...(parentSpanId === '' ? {} : { parent_span_id: parentSpanId }),
  };
}

/** The same and all that is left of the span: attributes that nobody took out, events, status, and where it comes from. */
export function spanDetails(span: Span, redactor: Redactor): Record<string, AttributeValue> {
  const { name, kind, attributes, events, statusMessage, scope } = span;
  const resource = [...scope.resource].filter(([key, value]) => resourceNames.test(key) && isShort(value));
  const details = {
    ...spanReference(span),
    name,
    kind: kindNames.get(kind) ?? null,
    attributes: redactAttributes(attributes, redactor),
    events: events.map((event) => eventDetails(event, redactor)),
    status_message: statusMessage,
    scope: withoutEmpty({ name: shortOr(scope.name), version: shortOr(scope.version) }),
    resource: Object.fromEntries(resource),
  };
  return redactValue(withoutEmpty(details), redactor) as Record<string, AttributeValue>;
}

/** What every span of a request would repeat must be short. */
function isShort(value: AttributeValue): boolean {
  return typeof value === 'string' && value.length <= sharedTextMaxLength;
}

function shortOr(text: string): string {
  return isShort(text) ? text : '';
}

function eventDetails({ name, timeNanos, attributes }: SpanEvent, redactor: Redactor): AttributeValue {
  return {
    name,
    time: formatTime(Number(timeNanos / 1000n)),
    attributes: redactAttributes(attributes, redactor),
  };
}

function redactAttributes(
  attributes: Attributes,
  redactor: Redactor,
): { readonly [key: string]: AttributeValue } {
  return Object.fromEntries(
    [...attributes].map(([name, value]) => [name, redactAttribute(name, value, redactor)]),
  );
}

/** A name of a header may stand behind others: `rpc.request.metadata.authorization`. */
function redactAttribute(name: string, value: AttributeValue, redactor: Redactor): AttributeValue {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const isHeader = /\.(?:header|metadata)\.[^.]+$/.test(name);
  const kind = isHeader ? redactor.kindOfHeader(last) : 'other';
  if (kind === 'credential' || redactor.isCredentialName(last)) return redacted;
  const change = (redact: (text: string) => string) => mapTexts(value, redact) as AttributeValue;
  if (kind === 'url' || urlAttribute.test(name)) return change((text) => redactor.url(text));
  return queryAttribute.test(name) ? change((text) => redactor.pairs(text)) : value;
}

function withoutEmpty(object: Record<string, AttributeValue>): Record<string, AttributeValue> {
  const isThere = (value: AttributeValue): boolean =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : value !== null && value !== '';
  return Object.fromEntries(Object.entries(object).filter(([, value]) => isThere(value)));
}
