import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/** `agent` authenticates an agent, `otas` a back end that sends the events of its requests; `invite` is good once. */
export type ApiKeyKind = 'agent' | 'otas' | 'invite';

export interface NewApiKey {
  /** The whole key; nobody sees it again after the answer that holds it. */
  readonly key: string;
  readonly prefix: string;
  readonly hash: Uint8Array<ArrayBuffer>;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const prefixLength = 12;
const secretLength = 40;
/** Keys of the original system may hold `_` and `-` in either part; nothing longer is looked at. */
const looseForm = /^(agent|otas)_[A-Za-z0-9_-]{3,320}$/;
const [loosePrefixMaxLength, loosePrefixesMax] = [64, 8];
const pattern = /^(agent|otas|invite)_([A-Za-z0-9]{1,64})_([A-Za-z0-9]{1,256})$/;

/**
 * Keys of the form `<kind>_<prefix>_<secret>`. Prefix and secret are letters and digits, so that a key splits in one
 * way only. Kept is an HMAC under the pepper: a copy of the database alone is not enough to check a guess.
 */
export class ApiKeys {
  readonly #pepper: KeyObject;

  /** @param pepper at least 32 characters; another one makes every key invalid. */
  constructor(pepper: string) {
    this.#pepper = createSecretKey(Buffer.from(pepper));
  }

  create(kind: ApiKeyKind): NewApiKey {
    const prefix = randomText(prefixLength);
    const key = `${kind}_${prefix}_${randomText(secretLength)}`;
    return { key, prefix, hash: this.hashOf(key) };
  }

  /** The prefix of a well-formed key of this kind; null for anything else. */
  prefixOf(key: string, kind: ApiKeyKind): string | null {
    const match = pattern.exec(key);
    return match !== null && match[1] === kind ? (match[2] as string) : null;
  }

  /**
   * The prefixes that a key of this kind may have: one, or for a key that only the original system can have made each begin
   * of it that ends before a `_`, 8 at most; none for anything else.
   */
  prefixesOf(key: string, kind: 'agent' | 'otas'): string[] {
    const prefix = this.prefixOf(key, kind);
    if (prefix !== null) return [prefix];
    if (looseForm.exec(key)?.[1] !== kind) return [];
    const rest = key.slice(kind.length + 1);
    const prefixes: string[] = [];
    for (
      let at = rest.indexOf('_', 1);
      at !== -1 && at <= loosePrefixMaxLength;
      at = rest.indexOf('_', at + 1)
    ) {
      if (at < rest.length - 1 && prefixes.length < loosePrefixesMax) prefixes.push(rest.slice(0, at));
    }
    return prefixes;
  }

  /** What is kept of a key. */
  hashOf(key: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#hash(key));
  }

  /** Whether `hash` was made of this key; takes as long whether or not. */
  matches(key: string, hash: Uint8Array): boolean {
    const own = this.#hash(key);
    return own.length === hash.length && timingSafeEqual(own, hash);
  }

  #hash(key: string): Buffer {
    return createHmac('sha256', this.#pepper).update(key).digest();
  }
}

function randomText(length: number): string {
  // Bytes past the last whole multiple of the alphabet would make its first letters more likely.
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
