import { markerBytes } from './cut-text';
import { cutSecret } from './secret-shapes';

const textType =
  /^text\/|[/+](?:json|xml|x-www-form-urlencoded|javascript|ecmascript|yaml|x-yaml|graphql|x-ndjson|jsonl?|csv|toml|sql)\b/i;

const encoder = new TextEncoder();
/** For whole bodies in what nearly all of them are in; to make one takes longer than to use it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Keeps the first bytes of a body while it passes, and counts all. */
export class BodyCollector {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #size = 0;

  /** @param maxBytes inclusive bound on the bytes of `text()` in UTF-8 */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Copies what still fits; the chunk itself stays the caller's. A string counts as UTF-8. */
  add(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
    this.#size += bytes.length;
    const room = this.#maxBytes - this.#kept;
    if (room <= 0 || bytes.length === 0) return;
    // Buffer's own slice would not copy.
    const part = Uint8Array.prototype.slice.call(bytes, 0, room);
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  /** Bytes that have passed, kept or not. */
  get size(): number {
    return this.#size;
  }

  /** The first bytes, as many as were kept. */
  get kept(): Uint8Array {
    return this.#joined(this.#kept);
  }

  /**
   * The body as a text; when it was longer than the bound, its begin with a marker that says how long. Null for an empty
   * body, a type that is no text, and bytes that are none (compressed ones, say).
   *
   * @param contentType value of the header; null is taken for UTF-8 if it can be
   */
  text(contentType: string | null): string | null {
    if (this.#size === 0) return null;
    if (contentType !== null && contentType.trim() !== '' && !textType.test(contentType)) return null;
    const isCut = this.#size > this.#maxBytes;
    const bytes = this.#joined(isCut ? Math.max(0, this.#maxBytes - markerBytes) : this.#kept);
    try {
      const charset = charsetOf(contentType);
      if (!isCut && charset === 'utf-8') return utf8.decode(bytes);
      const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
      if (!isCut) return decoder.decode(bytes);
      // As a stream, a character that was cut in halves is left out and no fault.
      return `${cutSecret(decoder.decode(bytes, { stream: true }))}[TRUNCATED: ${this.#size} bytes]`;
    } catch {
      return null;
    }
  }

  #joined(length: number): Uint8Array {
    if (this.#chunks.length === 1) return (this.#chunks[0] as Uint8Array).subarray(0, length);
    const all = new Uint8Array(this.#kept);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all.subarray(0, length);
  }
}

function charsetOf(contentType: string | null): string {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
}
