import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';

/** Bytes that a body may become; of one that becomes more, nothing is kept. */
const maxOutputLength = 1024 * 1024;

// With a flush, bytes that end too early give what is in them.
const zlib = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH };
const brotli = { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH };

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes, zlib),
  deflate: (bytes) => inflateSync(bytes, zlib),
  br: (bytes) => brotliDecompressSync(bytes, brotli),
};

/**
 * What the beginning of a compressed body says, so that it can be read, and secrets be found in it.
 *
 * @param encoding as in `Content-Encoding`; gzip, deflate and br are known
 * @returns null when it can't be told: another encoding, several, bytes that are none of it, or too much in them
 */
export function decodeBody(bytes: Uint8Array, encoding: string): Uint8Array | null {
  const decode = decoders[encoding.trim().toLowerCase()];
  try {
    return decode?.(bytes) ?? null;
  } catch {
    return null;
  }
}
