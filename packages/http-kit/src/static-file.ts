import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { BytesBody } from './bytes-body';
import { chooseEncoding, type Encoding } from './choose-encoding';
import type { RequestContext } from './request-context';

/** A file in one encoding. */
interface Representation {
  readonly body: BytesBody;
  readonly headers: Readonly<Record<string, string>>;
  readonly tag: string;
}

const compressions: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  // Two more make a file a tenth smaller, and take seconds for one of megabytes.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** A file that stays the same: it is read and compressed once for each encoding, when that is first asked for. */
export class StaticFile {
  readonly #path: string;
  readonly #contentType: string;
  readonly #made = new Map<Encoding | null, Promise<Representation>>();

  constructor(path: string, contentType: string) {
    this.#path = path;
    this.#contentType = contentType;
  }

  /** The file in the encoding that the client wants, with its `ETag`, or 304 to one that has it. @throws Error when it cannot be read */
  async answer(context: RequestContext): Promise<{
    status: number;
    body: BytesBody | null;
    headers: Record<string, string>;
  }> {
    const encoding = chooseEncoding(context.header('accept-encoding'));
    const { body, headers: ofBody, tag } = await this.#representation(encoding);
    const headers = {
      ...{ ETag: tag, Vary: 'Accept-Encoding', 'Cache-Control': 'no-cache' },
      'X-Content-Type-Options': 'nosniff',
    };
    const known =
      context
        .header('if-none-match')
        ?.split(',')
        .map((one) => one.trim().replace(/^W\//, '')) ?? [];
    if (known.includes(tag) || known.includes('*')) return { status: 304, body: null, headers };
    return { status: 200, body, headers: { ...headers, ...ofBody } };
  }

  /** Made by whoever asks first, and waited for by all who ask meanwhile. */
  #representation(encoding: Encoding | null): Promise<Representation> {
    const known = this.#made.get(encoding);
    if (known !== undefined) return known;
    const made = this.#make(encoding);
    this.#made.set(encoding, made);
    // Who asks next tries again.
    made.catch(() => this.#made.delete(encoding));
    return made;
  }

  async #make(encoding: Encoding | null): Promise<Representation> {
    const bytes = await readFile(this.#path);
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    if (encoding === null) {
      return { body: new BytesBody(bytes, this.#contentType), headers: {}, tag: `"${digest}"` };
    }
    const body = new BytesBody(await compressions[encoding](bytes), this.#contentType);
    return { body, headers: { 'Content-Encoding': encoding }, tag: `"${digest}-${encoding}"` };
  }
}
