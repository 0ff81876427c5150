import {
  type BrotliOptions,
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';

/** How many times the compressed bytes may become; more is no text worth keeping. */
const expansionMax = 16;

const decoders: Readonly<Record<string, (bytes: Uint8Array, maxOutputLength: number) => Uint8Array>> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, cut({ maxOutputLength })),
  deflate: (bytes, maxOutputLength) => inflateSync(bytes, cut({ maxOutputLength })),
  br: (bytes, maxOutputLength) =>
    brotliDecompressSync(bytes, {
      maxOutputLength,
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
    } satisfies BrotliOptions),
};

/** With these, bytes that end too early give what is in them. */
const cut = (options: ZlibOptions): ZlibOptions => ({ ...options, finishFlush: constants.Z_SYNC_FLUSH });

/**
 * What the beginning of a compressed body says, so that it can be read, and secrets be found in it.
 *
 * @param encoding as in `Content-Encoding`; gzip, deflate and br are known
 * @returns null when it can't be told: another encoding, several, bytes that are none of it, or too much in them
 */
export function decodeBody(bytes: Uint8Array, encoding: string): Uint8Array | null {
  const decode = decoders[encoding.trim().toLowerCase()];
  try {
    return decode === undefined ? null : decode(bytes, bytes.byteLength * expansionMax);
  } catch {
    return null;
  }
}
