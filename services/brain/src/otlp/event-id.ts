import { createHash } from 'node:crypto';
import type { Span } from './span';

/**
 * The id of an event of a span: a UUID of version 8 (RFC 9562, 5.8) out of a hash, the same whenever the span is exported.
 * The session is in it, so that no other agent who knows the span can take its place.
 *
 * @param kind which event of the span it is
 */
export function eventIdOf(
  { traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>,
  sessionId: string,
  kind: string,
): string {
  const bytes = createHash('sha256')
    .update(`otlp\n${sessionId}\n${traceId}\n${spanId}\n${kind}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const text = bytes.toString('hex');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}
