import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BytesBody } from './bytes-body';
import type { RequestContext } from './request-context';

/** A file that is read once, when it is first asked for, and stays the same. */
export class StaticFile {
  readonly #path: string;
  readonly #contentType: string;
  #read: { readonly body: BytesBody; readonly tag: string } | null = null;

  constructor(path: string, contentType: string) {
    this.#path = path;
    this.#contentType = contentType;
  }

  /** The file with its `ETag`, or 304 to a client that has it. @throws Error when it cannot be read */
  answer(context: RequestContext): {
    status: number;
    body: BytesBody | null;
    headers: Record<string, string>;
  } {
    this.#read ??= this.#readFile();
    const { body, tag } = this.#read;
    const headers = { ETag: tag, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' };
    const known =
      context
        .header('if-none-match')
        ?.split(',')
        .map((one) => one.trim().replace(/^W\//, '')) ?? [];
    const isKnown = known.includes(tag) || known.includes('*');
    return { status: isKnown ? 304 : 200, body: isKnown ? null : body, headers };
  }

  #readFile() {
    const bytes = readFileSync(this.#path);
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    return { body: new BytesBody(bytes, this.#contentType), tag: `"${digest}"` };
  }
}
