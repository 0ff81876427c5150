import { Root } from 'protobufjs/light';

const list = (type: string, id: number) => ({ rule: 'repeated' as const, type, id });
const field = (type: string, id: number) => ({ type, id });

/** The messages of an export request, as far as the tests need them; in words of its own, not those of Brain. */
const root = Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: list('ResourceSpans', 1) } },
    ResourceSpans: {
      fields: {
        resource: field('Resource', 1),
        scopeSpans: list('ScopeSpans', 2),
        schemaUrl: field('string', 3),
      },
    },
    Resource: { fields: { attributes: list('KeyValue', 1) } },
    ScopeSpans: { fields: { scope: field('Scope', 1), spans: list('Span', 2) } },
    Scope: { fields: { name: field('string', 1), version: field('string', 2) } },
    Span: {
      fields: {
        traceId: field('bytes', 1),
        spanId: field('bytes', 2),
        traceState: field('string', 3),
        parentSpanId: field('bytes', 4),
        name: field('string', 5),
        kind: field('int32', 6),
        startTimeUnixNano: field('fixed64', 7),
        endTimeUnixNano: field('fixed64', 8),
        attributes: list('KeyValue', 9),
        events: list('Event', 11),
        links: list('Link', 13),
        status: field('Status', 15),
        flags: field('fixed32', 16),
      },
    },
    Event: {
      fields: {
        timeUnixNano: field('fixed64', 1),
        name: field('string', 2),
        attributes: list('KeyValue', 3),
      },
    },
    Link: { fields: { traceId: field('bytes', 1), spanId: field('bytes', 2) } },
    Status: { fields: { message: field('string', 2), code: field('int32', 3) } },
    KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            ...['stringValue', 'boolValue', 'intValue', 'doubleValue'],
            ...['arrayValue', 'kvlistValue', 'bytesValue'],
          ],
        },
      },
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
        arrayValue: field('ArrayValue', 5),
        kvlistValue: field('KeyValueList', 6),
        bytesValue: field('bytes', 7),
      },
    },
    ArrayValue: { fields: { values: list('AnyValue', 1) } },
    KeyValueList: { fields: { values: list('KeyValue', 1) } },
    Response: { fields: { partialSuccess: field('PartialSuccess', 1) } },
    PartialSuccess: { fields: { rejectedSpans: field('int64', 1), errorMessage: field('string', 2) } },
    RpcStatus: { fields: { code: field('int32', 1), message: field('string', 2) } },
  },
});

/** An export request in its JSON form as protobuf. */
export function encodeRequest(request: object): Uint8Array {
  const type = root.lookupType('Request');
  return type.encode(type.fromObject(withBytes(request) as object)).finish();
}

/** Ids are hexadecimal in the JSON form. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      /^(?:trace|span|parentSpan)Id$/.test(key) ? Buffer.from(member, 'hex') : withBytes(member),
    ]),
  );
}

/** An answer, or an error's, in its JSON form. */
export function decodeAnswer(type: 'Response' | 'RpcStatus', bytes: Uint8Array): object {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String });
}
