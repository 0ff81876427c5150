import { LRUCache } from 'lru-cache';
import type { KeySet } from './key-set';

const cacheMaxTokens = 20_000;
const tokenMaxLength = 4096;

/**
 * Remembers what tokens that verified hold, until they expire or the keys change: a session sends the same token with
 * every event. Tokens that did not verify are not remembered, so that nobody can push good ones out with bad ones.
 */
export class TokenCache<Claims extends { readonly expiresAtSeconds: number }> {
  readonly #verified = new LRUCache<string, Claims>({ max: cacheMaxTokens });
  readonly #keys: Pick<KeySet, 'version'>;
  readonly #verify: (token: string) => Claims | null;
  #version = 0;

  /** @param keys those with which `verify` verifies */
  constructor(keys: Pick<KeySet, 'version'>, verify: (token: string) => Claims | null) {
    this.#keys = keys;
    this.#verify = verify;
  }

  /** The claims, or null when the token is longer than 4,096 characters or not valid at `nowMs` (since 1970). */
  get(token: string, nowMs: number): Claims | null {
    if (token.length > tokenMaxLength) return null;
    this.#forgetWithKeys();
    const known = this.#verified.get(token);
    if (known !== undefined) return known.expiresAtSeconds * 1000 > nowMs ? known : null;
    const claims = this.#verify(token);
    // A token with an unknown key may have brought new keys in, and so made what is remembered old.
    this.#forgetWithKeys();
    if (claims !== null) this.#verified.set(token, claims);
    return claims;
  }

  #forgetWithKeys(): void {
    const { version } = this.#keys;
    if (version !== this.#version) this.#verified.clear();
    this.#version = version;
  }
}
