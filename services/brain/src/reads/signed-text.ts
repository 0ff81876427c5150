import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CursorSecrets } from './cursor-secrets';

const signatureBytes = 16;

/**
 * Writes texts in an opaque form, and reads only those that it wrote, for the same purpose and scope: places in lists,
 * which come back from clients.
 */
export class SignedText {
  readonly #secrets: CursorSecrets;
  readonly #purpose: string;
  readonly #maxLength: number;

  /**
   * @param secrets the same on every instance, since a client may come back to another one
   * @param maxLength in characters; a longer form is not ours
   */
  constructor(secrets: CursorSecrets, purpose: string, maxLength: number) {
    this.#secrets = secrets;
    this.#purpose = purpose;
    this.#maxLength = maxLength;
  }

  /** Letters, digits, `-` and `_`. @param scope what the text belongs to; no part of it may hold a line end */
  write(text: string, scope: readonly string[]): string {
    const [secret] = this.#secrets();
    if (secret === undefined) throw new Error('there is no secret to sign with');
    return Buffer.concat([this.#sign(text, scope, secret), Buffer.from(text)]).toString('base64url');
  }

  /** The text, or null when it is not ours, was changed, or is of another scope. */
  read(form: string, scope: readonly string[]): string | null {
    if (form.length > this.#maxLength) return null;
    const bytes = Buffer.from(form, 'base64url');
    const signature = bytes.subarray(0, signatureBytes);
    const text = bytes.subarray(signatureBytes).toString();
    if (signature.length !== signatureBytes) return null;
    const isOurs = this.#secrets().some((one) => timingSafeEqual(signature, this.#sign(text, scope, one)));
    return isOurs ? text : null;
  }

  #sign(text: string, scope: readonly string[], secret: string): Buffer {
    const signed = [this.#purpose, ...scope, text].join('\n');
    return createHmac('sha256', secret).update(signed).digest().subarray(0, signatureBytes);
  }
}
