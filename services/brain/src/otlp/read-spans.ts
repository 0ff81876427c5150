import { invalidRequest } from '@otas/errors';
import { asNumber } from '@otas/event-schema';
import { takeSessionToken } from './session-token';
import {
  type Attributes,
  type AttributeValue,
  type Scope,
  type Span,
  type SpanEvent,
  spanKinds,
} from './span';

const spansMax = 10_000;
const valueLevelsMax = 32;
const errorCode = 2;
const [int64Min, int64Max, uint64Max] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];

type Message = Readonly<Record<string, unknown>>;

/**
 * The spans of an export request in its JSON form, as a parser that keeps all digits, or the decoder of protobuf, gave it.
 * Null is the same as leaving a field out; unknown fields are ignored.
 *
 * @throws ApiError 400 `invalid_request` for a field of another type, an attribute nested deeper than 32 levels, or more
 *   than 10,000 spans
 */
export function readSpans(request: object): Span[] {
  const spans: Span[] = [];
  for (const ofResource of messagesIn(request as Message, 'resourceSpans')) {
    const resource = readAttributes(messageIn(ofResource, 'resource'));
    const token = takeSessionToken(resource);
    for (const ofScope of messagesIn(ofResource, 'scopeSpans')) {
      const { name, version } = messageIn(ofScope, 'scope');
      const scope = { name: textOf(name, 'scope.name'), version: textOf(version, 'scope.version'), resource };
      const own = messagesIn(ofScope, 'spans');
      if (spans.length + own.length > spansMax) {
        throw fault('resourceSpans', `must have at most ${spansMax} spans`);
      }
      for (const span of own) spans.push(readSpan(span, scope, token));
    }
  }
  return spans;
}

function readSpan(span: Message, scope: Scope, token: string | null): Span {
  const attributes = readAttributes(span);
  const status = messageIn(span, 'status');
  return {
    traceId: textOf(span.traceId, 'span.traceId').toLowerCase(),
    spanId: textOf(span.spanId, 'span.spanId').toLowerCase(),
    parentSpanId: textOf(span.parentSpanId, 'span.parentSpanId').toLowerCase(),
    name: textOf(span.name, 'span.name'),
    kind: readEnum(span.kind, 'span.kind', (name) => name.startsWith(kindPrefix) && kindOf(name)),
    startNanos: readTime(span.startTimeUnixNano, 'span.startTimeUnixNano'),
    endNanos: readTime(span.endTimeUnixNano, 'span.endTimeUnixNano'),
    sessionToken: takeSessionToken(attributes) ?? token,
    attributes,
    events: messagesIn(span, 'events').map(readEvent),
    isError:
      readEnum(status.code, 'status.code', (name) => name === 'STATUS_CODE_ERROR' && errorCode) === errorCode,
    statusMessage: textOf(status.message, 'status.message'),
    scope,
  };
}

function readEvent(event: Message): SpanEvent {
  return {
    name: textOf(event.name, 'event.name'),
    timeNanos: readTime(event.timeUnixNano, 'event.timeUnixNano'),
    attributes: readAttributes(event),
  };
}

const kindPrefix = 'SPAN_KIND_';
function kindOf(name: string): number {
  const kind = name.slice(kindPrefix.length).toLowerCase();
  return Object.hasOwn(spanKinds, kind) ? spanKinds[kind as keyof typeof spanKinds] : 0;
}

function readAttributes(owner: Message): Attributes {
  return readEntries(messagesIn(owner, 'attributes'), 0);
}

function readEntries(entries: readonly Message[], level: number): Attributes {
  const attributes: Attributes = new Map();
  for (const { key, value } of entries) {
    attributes.set(textOf(key, 'attribute.key'), readValue(asMessage(value, 'attribute.value'), level));
  }
  return attributes;
}

function readValue(value: Message, level: number): AttributeValue {
  if (level > valueLevelsMax)
    throw fault('attribute.value', `is nested deeper than ${valueLevelsMax} levels`);
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  if (isThere(stringValue)) return textOf(stringValue, 'stringValue');
  if (isThere(boolValue)) return readFlag(boolValue);
  if (isThere(intValue)) return readInteger(intValue);
  if (isThere(doubleValue)) return readDouble(doubleValue);
  if (isThere(bytesValue)) return textOf(bytesValue, 'bytesValue');
  if (isThere(arrayValue)) {
    return messagesIn(asMessage(arrayValue, 'arrayValue'), 'values').map((one) => readValue(one, level + 1));
  }
  if (isThere(kvlistValue)) {
    return Object.fromEntries(
      readEntries(messagesIn(asMessage(kvlistValue, 'kvlistValue'), 'values'), level + 1),
    );
  }
  return null;
}

function readFlag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw fault('boolValue', 'must be true or false');
}

function readInteger(value: unknown): number | bigint {
  const integer = bigintOf(value);
  if (integer === null || integer < int64Min || integer > int64Max) {
    throw fault('intValue', 'must be a whole number of 64 bits');
  }
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** JSON has no form for what is not finite: it is text, in both encodings. */
function readDouble(value: unknown): number | string {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : asNumber(value);
  if (number === null || (Number.isNaN(number) && value !== 'NaN' && typeof value !== 'number')) {
    throw fault('doubleValue', 'must be a number');
  }
  return Number.isFinite(number) ? number : String(number);
}

function readTime(value: unknown, field: string): bigint {
  if (!isThere(value)) return 0n;
  const nanos = bigintOf(value);
  if (nanos !== null && nanos >= 0n && nanos <= uint64Max) return nanos;
  throw fault(field, 'must be nanoseconds since 1970, of 64 bits');
}

/** @param numberOf the number of a name; false for one that is not known, which is 0 */
function readEnum(value: unknown, field: string, numberOf: (name: string) => number | false): number {
  if (!isThere(value)) return 0;
  if (typeof value === 'string' && !/^\d+$/.test(value)) return numberOf(value) || 0;
  const number = bigintOf(value);
  if (number === null) throw fault(field, 'must be a number, or a name');
  return Number(number);
}

/** A whole number in any of the forms that it may have; null for anything else. */
function bigintOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  // A parser that keeps all digits gives objects, whose text is the digits.
  const text = typeof value === 'string' || asNumber(value) !== null ? String(value) : '';
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : null;
}

function textOf(value: unknown, field: string): string {
  if (!isThere(value)) return '';
  if (typeof value === 'string') return value.toWellFormed();
  throw fault(field, 'must be a string');
}

function messageIn(owner: Message, name: string): Message {
  return asMessage(owner[name], name);
}

function messagesIn(owner: Message, name: string): Message[] {
  const list = owner[name];
  if (!isThere(list)) return [];
  if (!Array.isArray(list)) throw fault(name, 'must be an array');
  return list.map((one) => asMessage(one, name));
}

function asMessage(value: unknown, field: string): Message {
  if (!isThere(value)) return {};
  if (typeof value === 'object' && !Array.isArray(value) && asNumber(value) === null) return value as Message;
  throw fault(field, 'must be an object');
}

function isThere(value: unknown): value is NonNullable<unknown> {
  return value !== undefined && value !== null;
}

function fault(field: string, message: string): Error {
  return invalidRequest([{ field, message }]);
}
