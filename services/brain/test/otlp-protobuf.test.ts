import { decodeExportRequest } from '../src/otlp/protobuf';

/** A field with a length before its bytes; `number` is at most 15. */
function field(number: number, bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  const length: number[] = [];
  for (let rest = content.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}
const inSpan = (...fields: Uint8Array[]): Buffer => field(1, field(2, field(2, Buffer.concat(fields))));
const spanOf = (bytes: Buffer): unknown =>
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what is in it.
  (decodeExportRequest(bytes) as any).resourceSpans[0].scopeSpans[0].spans[0];
const varint = (number: number, ...bytes: number[]): Buffer => Buffer.from([number << 3, ...bytes]);
const eight = (number: number, ...bytes: number[]): Buffer => Buffer.from([(number << 3) | 1, ...bytes]);
const attribute = (value: Buffer): Buffer => field(9, Buffer.concat([field(1, 'a'), field(2, value)]));
const anyValueOf = (value: Buffer): unknown =>
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  (spanOf(inSpan(attribute(value))) as any).attributes[0].value;

test('a span in protobuf is what it is in JSON', () => {
  const bytes = inSpan(
    field(1, Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex')),
    field(2, Buffer.from('b7ad6b7169203331', 'hex')),
    field(5, 'GET é'),
    varint(6, 3),
    eight(7, ...Array(8).fill(0xff)),
    eight(8, 1, 0, 0, 0, 0, 0, 0, 0x80),
    attribute(field(1, 'x')),
    field(15, Buffer.concat([field(2, 'no'), varint(3, 2)])),
  );
  expect(spanOf(bytes)).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name: 'GET é',
    kind: 3n,
    startTimeUnixNano: 2n ** 64n - 1n,
    endTimeUnixNano: 2n ** 63n + 1n,
    attributes: [{ key: 'a', value: { stringValue: 'x' } }],
    status: { message: 'no', code: 2n },
  });
});

test('values have all their digits', () => {
  expect(anyValueOf(varint(3, ...Array(9).fill(0xff), 1))).toEqual({ intValue: -1n });
  expect(anyValueOf(varint(3, ...Array(8).fill(0xff), 0x7f))).toEqual({ intValue: 2n ** 63n - 1n });
  expect(anyValueOf(varint(3, ...Array(9).fill(0x80), 1))).toEqual({ intValue: -(2n ** 63n) });
  expect(anyValueOf(varint(2, 1))).toEqual({ boolValue: true });
  expect(anyValueOf(eight(4, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f))).toEqual({ doubleValue: 0.5 });
  expect(anyValueOf(field(7, Buffer.from([1, 2, 255])))).toEqual({ bytesValue: 'AQL/' });
  const list = field(5, Buffer.concat([field(1, field(1, 'x')), field(1, Buffer.alloc(0))]));
  expect(anyValueOf(list)).toEqual({ arrayValue: { values: [{ stringValue: 'x' }, {}] } });
});

test('fields that are unknown, or of another wire type, are skipped', () => {
  const group = Buffer.from([(14 << 3) | 3, 0x08, 1, (14 << 3) | 4]);
  const four = Buffer.from([0x85, 0x01, 1, 2, 3, 4]);
  expect(spanOf(inSpan(field(3, 'state'), group, four, varint(5, 7), field(6, 'x'), field(5, 'n')))).toEqual({
    name: 'n',
  });
});

test.each([
  ['is cut', inSpan(field(5, 'name')).subarray(0, -2)],
  ['has a length behind its end', Buffer.from([0x0a, 0x7f, 1])],
  ['has an integer without end', inSpan(varint(6, ...Array(11).fill(0x80)))],
  ['has a tag without end', Buffer.alloc(12, 0x80)],
  ['has a field with the number 0', Buffer.from([0x02, 1, 65])],
  ['ends a group that never began', Buffer.from([0x0c])],
  ['begins groups that never end', Buffer.alloc(1_000_000, 0x0b)],
  ['has a wire type that there is not', Buffer.from([0x0f])],
  ['has a field that goes on behind its message', Buffer.concat([Buffer.from([0x0a, 2, 0x12, 2, 0x12, 0])])],
  ['has a time that goes on behind it', inSpan(eight(7, 1, 2, 3))],
])('a request that %s is malformed', (_what, bytes) => {
  expect(() => decodeExportRequest(bytes)).toThrow();
});

test('what is nested too deeply, or has too many messages, is refused before it takes room', () => {
  let value = field(1, 'x');
  for (let level = 0; level < 200; level++) value = field(5, field(1, value));
  expect(() => decodeExportRequest(inSpan(attribute(value)))).toThrow('nested too deeply');
  const empty = Buffer.alloc(2_100_000).fill(Buffer.from([0x12, 0]));
  expect(() => decodeExportRequest(field(1, field(2, empty)))).toThrow('too many messages');
});
