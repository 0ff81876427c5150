import { Reader } from 'protobufjs/minimal';

/**
 * A field of a message: its name in the JSON form, and what stands in it. `id` is bytes that JSON writes in hexadecimal,
 * `bytes` those that it writes in base 64.
 */
interface Field {
  readonly name: string;
  readonly kind: 'text' | 'id' | 'bytes' | 'integer' | 'time' | 'double' | 'flag' | MessageType;
  readonly isList?: true;
}

/** The fields of a message by their numbers; all others are skipped. */
interface MessageType {
  readonly [number: number]: Field;
}

const anyValue: Record<number, Field> = {
  1: { name: 'stringValue', kind: 'text' },
  2: { name: 'boolValue', kind: 'flag' },
  3: { name: 'intValue', kind: 'integer' },
  4: { name: 'doubleValue', kind: 'double' },
  7: { name: 'bytesValue', kind: 'bytes' },
};
const keyValue: MessageType = { 1: { name: 'key', kind: 'text' }, 2: { name: 'value', kind: anyValue } };
const attributes = { name: 'attributes', kind: keyValue, isList: true } as const;
anyValue[5] = { name: 'arrayValue', kind: { 1: { name: 'values', kind: anyValue, isList: true } } };
anyValue[6] = { name: 'kvlistValue', kind: { 1: { name: 'values', kind: keyValue, isList: true } } };

const event: MessageType = {
  1: { name: 'timeUnixNano', kind: 'time' },
  2: { name: 'name', kind: 'text' },
  3: attributes,
};
const status: MessageType = { 2: { name: 'message', kind: 'text' }, 3: { name: 'code', kind: 'integer' } };
const span: MessageType = {
  1: { name: 'traceId', kind: 'id' },
  2: { name: 'spanId', kind: 'id' },
  4: { name: 'parentSpanId', kind: 'id' },
  5: { name: 'name', kind: 'text' },
  6: { name: 'kind', kind: 'integer' },
  7: { name: 'startTimeUnixNano', kind: 'time' },
  8: { name: 'endTimeUnixNano', kind: 'time' },
  9: attributes,
  11: { name: 'events', kind: event, isList: true },
  15: { name: 'status', kind: status },
};
const scope: MessageType = { 1: { name: 'name', kind: 'text' }, 2: { name: 'version', kind: 'text' } };
const scopeSpans: MessageType = {
  1: { name: 'scope', kind: scope },
  2: { name: 'spans', kind: span, isList: true },
};
const resourceSpans: MessageType = {
  1: { name: 'resource', kind: { 1: attributes } },
  2: { name: 'scopeSpans', kind: scopeSpans, isList: true },
};
const exportRequest: MessageType = { 1: { name: 'resourceSpans', kind: resourceSpans, isList: true } };

const [varint, eightBytes, delimited] = [0, 1, 2];
/** Messages in each other; values of attributes have their own, lower bound. */
const levelsMax = 100;
/** An empty message is two bytes on the wire, and fifty times as many here. */
const messagesMax = 1_000_000;

/**
 * An export request in protobuf as the object that its JSON form is; integers and times are `bigint`.
 *
 * @throws Error of any kind when it is malformed, nested too deeply, or has more than a million messages in it
 */
export function decodeExportRequest(bytes: Buffer): object {
  return new Decoder(bytes).message(bytes.length, exportRequest, 0);
}

class Decoder {
  readonly #bytes: Buffer;
  readonly #reader: Reader;
  #messages = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#reader = Reader.create(bytes);
  }

  /** The message that goes on until `end`. */
  message(end: number, type: MessageType, level: number): Record<string, unknown> {
    if (level > levelsMax) throw new RangeError('nested too deeply');
    if (++this.#messages > messagesMax) throw new RangeError('too many messages');
    const message: Record<string, unknown> = {};
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = type[tag >>> 3];
      if (field === undefined || wireTypeOf(field) !== (tag & 7)) {
        reader.skipType(tag & 7, level, tag >>> 3);
        continue;
      }
      const value = this.#value(field, level);
      const list = message[field.name] as unknown[] | undefined;
      if (field.isList === undefined) message[field.name] = value;
      else if (list === undefined) message[field.name] = [value];
      else list.push(value);
    }
    if (reader.pos !== end) throw new RangeError('a field goes on behind its message');
    return message;
  }

  #value({ kind }: Field, level: number): unknown {
    const reader = this.#reader;
    if (kind === 'text') return reader.string();
    if (kind === 'id') return Buffer.from(reader.bytes()).toString('hex');
    if (kind === 'bytes') return Buffer.from(reader.bytes()).toString('base64');
    if (kind === 'integer') return bigintOf(reader.int64() as Long);
    if (kind === 'double') return reader.double();
    if (kind === 'flag') return reader.bool();
    if (kind === 'time') {
      const time = this.#bytes.readBigUInt64LE(reader.pos);
      reader.skip(8);
      return time;
    }
    const length = reader.uint32();
    return this.message(reader.pos + length, kind, level + 1);
  }
}

/** How the reader gives 64 bits. */
interface Long {
  readonly high: number;
  readonly low: number;
}

function bigintOf({ high, low }: Long): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function wireTypeOf({ kind }: Field): number {
  if (kind === 'integer' || kind === 'flag') return varint as number;
  return (kind === 'time' || kind === 'double' ? eightBytes : delimited) as number;
}
