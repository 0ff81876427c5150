import { createHmac, timingSafeEqual } from 'node:crypto';

const signatureBytes = 16;

/**
 * Writes texts in an opaque form, and reads only those that it wrote, for the same purpose and scope: places in lists,
 * which come back from clients.
 */
export class SignedText {
  readonly #secret: string;
  readonly #purpose: string;
  readonly #maxLength: number;

  /**
   * @param secret the same on every instance, since a client may come back to another one
   * @param maxLength in characters; a longer form is not ours
   */
  constructor(secret: string, purpose: string, maxLength: number) {
    this.#secret = secret;
    this.#purpose = purpose;
    this.#maxLength = maxLength;
  }

  /** Letters, digits, `-` and `_`. @param scope what the text belongs to; no part of it may hold a line end */
  write(text: string, scope: readonly string[]): string {
    return Buffer.concat([this.#sign(text, scope), Buffer.from(text)]).toString('base64url');
  }

  /** The text, or null when it is not ours, was changed, or is of another scope. */
  read(form: string, scope: readonly string[]): string | null {
    if (form.length > this.#maxLength) return null;
    const bytes = Buffer.from(form, 'base64url');
    const signature = bytes.subarray(0, signatureBytes);
    const text = bytes.subarray(signatureBytes).toString();
    const isOurs = signature.length === signatureBytes && timingSafeEqual(signature, this.#sign(text, scope));
    return isOurs ? text : null;
  }

  #sign(text: string, scope: readonly string[]): Buffer {
    const signed = [this.#purpose, ...scope, text].join('\n');
    return createHmac('sha256', this.#secret).update(signed).digest().subarray(0, signatureBytes);
  }
}
