/**
 * The text when it has at most `maxBytes` bytes of UTF-8; else as much of its begin as fits, whole characters only, and
 * behind it a marker with the size that it had.
 */
export function cutText(text: string, maxBytes: number): string {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && isContinuation(bytes[end] as number)) end--;
  return `${bytes.toString('utf8', 0, end)}[TRUNCATED: ${bytes.length} bytes]`;
}

/** Whether a byte of UTF-8 goes on with a character that began before it. */
function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}
