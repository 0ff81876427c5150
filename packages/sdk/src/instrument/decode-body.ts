import zlib from 'node:zlib';

/** A body is looked at up to this many times as many bytes as are kept of it. */
const outputFactor = 4;
const minInputBytes = 64;
const maxCodings = 3;

type Step = (body: Uint8Array, maxOutputLength: number) => Uint8Array;

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = zlib.constants as unknown as Record<
  string,
  number
>;
const zstd = (zlib as unknown as Record<string, unknown>).zstdDecompressSync as
  | ((body: Uint8Array, options: object) => Uint8Array)
  | undefined;

const steps: Record<string, Step | undefined> = {
  gzip: (body, maxOutputLength) => zlib.gunzipSync(body, { finishFlush: Z_SYNC_FLUSH, maxOutputLength }),
  deflate: (body, maxOutputLength) => {
    // Some servers leave out the two bytes in front.
    const inflate = ((body[0] ?? 0) & 0x0f) === 8 ? zlib.inflateSync : zlib.inflateRawSync;
    return inflate(body, { finishFlush: Z_SYNC_FLUSH, maxOutputLength });
  },
  br: (body, maxOutputLength) =>
    zlib.brotliDecompressSync(body, { finishFlush: BROTLI_OPERATION_FLUSH, maxOutputLength }),
  zstd: zstd && ((body, maxOutputLength) => zstd(body, { finishFlush: ZSTD_e_flush, maxOutputLength })),
};
steps['x-gzip'] = steps.gzip;

/** Undoes gzip, deflate, br and, where Node can, zstd; see `Decode`. */
export function decodeBody(body: Uint8Array, coding: string, maxBytes: number): Uint8Array | null {
  const codings = coding.split(',').map((one) => one.trim());
  if (codings.length > maxCodings) return null;
  let decoded: Uint8Array | null = body;
  for (const one of codings.reverse()) {
    if (one === 'identity' || one === '') continue;
    const step: Step | undefined = steps[one];
    decoded = step === undefined || decoded === null ? null : undo(step, decoded, maxBytes * outputFactor);
  }
  return decoded;
}

/** What comes to more than is wanted is tried again with less of it: a few bytes can stand for millions. */
function undo(step: Step, body: Uint8Array, maxOutputBytes: number): Uint8Array | null {
  for (let length = body.length; ; length = Math.ceil(length / outputFactor)) {
    try {
      return step(body.subarray(0, length), maxOutputBytes);
    } catch (err) {
      if ((err as { code?: string }).code !== 'ERR_BUFFER_TOO_LARGE' || length <= minInputBytes) return null;
    }
  }
}
