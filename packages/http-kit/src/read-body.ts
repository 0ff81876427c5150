import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { ApiError } from '@otas/errors';

export interface BodyLimits {
  /** Inclusive bound on the body in bytes, after decompression; past it 413 `payload_too_large`. */
  readonly bodyMaxBytes: number;
}

/**
 * Reads a request's body, decompressing `gzip`, `deflate` and `br` (and `zstd` where this Node.js has it).
 * Never holds more than `bodyMaxBytes` of it: a body that grows past the bound is refused while it is unpacked.
 *
 * @throws ApiError 413 `payload_too_large`; 415 `unsupported_content_encoding`; 400 `invalid_json` for a compressed
 *   body that cannot be unpacked.
 */
export async function readBody(req: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  // It may have left while its credentials were looked up: nothing would tell any more.
  if (req.destroyed && !req.readableEnded) throw new ClientGone();
  const declaredBytes = Number(req.headers['content-length'] ?? 0);
  if (declaredBytes > limits.bodyMaxBytes) throw payloadTooLarge(limits);
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return collect(req, limits);
  return collectDecompressed(req, decompressorFor(encoding), limits);
}

function payloadTooLarge(limits: BodyLimits): ApiError {
  return new ApiError('payload_too_large', {
    payload: { limit_bytes: limits.bodyMaxBytes, message: `the body may have ${limits.bodyMaxBytes} bytes` },
  });
}

function collect(stream: Readable, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.bodyMaxBytes) {
        // Without a listener the stream would stay paused; what still comes is thrown away.
        stream.removeListener('data', onData);
        stream.resume();
        reject(payloadTooLarge(limits));
        return;
      }
      chunks.push(chunk);
    };
    stream.on('data', onData);
    stream.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    stream.on('close', () => {
      if (!stream.readableEnded) reject(new ClientGone());
    });
  });
}

async function collectDecompressed(
  req: IncomingMessage,
  decompressor: Decompressor,
  limits: BodyLimits,
): Promise<Buffer> {
  req.once('close', () => {
    if (!req.complete) decompressor.destroy(new ClientGone());
  });
  try {
    const failed = new Promise<never>((_resolve, reject) => decompressor.once('error', reject));
    return await Promise.race([failed, collect(req.pipe(decompressor), limits)]);
  } catch (error) {
    if (error instanceof ApiError || error instanceof ClientGone) throw error;
    throw new ApiError('invalid_json', {
      payload: { errors: [{ field: 'body', message: 'the compressed body cannot be unpacked' }] },
      cause: error,
    });
  } finally {
    req.unpipe(decompressor);
    req.resume();
    decompressor.destroy();
  }
}

type Decompressor = ReturnType<typeof zlib.createGunzip> | ReturnType<typeof zlib.createBrotliDecompress>;

function decompressorFor(encoding: string): Decompressor {
  const { createZstdDecompress } = zlib as typeof zlib & { createZstdDecompress?: () => Decompressor };
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.createGunzip();
  if (encoding === 'deflate') return zlib.createInflate();
  if (encoding === 'br') return zlib.createBrotliDecompress();
  if (encoding === 'zstd' && createZstdDecompress !== undefined) return createZstdDecompress();
  throw new ApiError('unsupported_content_encoding');
}

/** The client closed the connection before its request was complete; there is nobody to answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}
