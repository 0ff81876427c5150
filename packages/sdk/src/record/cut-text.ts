import { cutSecret } from './secret-shapes';

/** Room for the marker behind a text that was cut. */
export const markerBytes = 40;

const encoder = new TextEncoder();

/** The size of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The text when it fits; else as much of its begin as fits, with a marker that says how many bytes it had. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = encoder.encode(text);
  const size = bytes.length;
  if (size <= maxBytes) return text;
  const kept = bytes.subarray(0, Math.max(0, maxBytes - markerBytes));
  return `${cutSecret(new TextDecoder().decode(kept, { stream: true }))}[TRUNCATED: ${size} bytes]`;
}
