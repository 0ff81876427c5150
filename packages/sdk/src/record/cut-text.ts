import { cutSecret } from './secret-shapes';

/** Room for the marker behind a text that was cut. */
export const markerBytes = 40;

/** The size of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Each half of a pair counts two of its four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** The text when it fits; else as much of its begin as fits, with a marker that says how many bytes it had. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const size = byteLength(text);
  if (size <= maxBytes) return text;
  const bytes = new TextEncoder().encode(text.slice(0, maxBytes));
  const kept = bytes.subarray(0, Math.max(0, maxBytes - markerBytes));
  return `${cutSecret(new TextDecoder().decode(kept, { stream: true }))}[TRUNCATED: ${size} bytes]`;
}
