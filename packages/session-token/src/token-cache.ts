import { LRUCache } from 'lru-cache';

const cacheMaxTokens = 20_000;
const tokenMaxLength = 4096;

/**
 * Remembers what tokens that verified hold, until they expire: a session sends the same token with every event. Tokens
 * that did not verify are not remembered, so that nobody can push good ones out with bad ones.
 */
export class TokenCache<Claims extends { readonly expiresAtSeconds: number }> {
  readonly #verified = new LRUCache<string, Claims>({ max: cacheMaxTokens });
  readonly #verify: (token: string) => Claims | null;

  constructor(verify: (token: string) => Claims | null) {
    this.#verify = verify;
  }

  /** The claims, or null when the token is not valid at `nowMs` (milliseconds since 1970). */
  get(token: string, nowMs: number): Claims | null {
    if (token.length > tokenMaxLength) return null;
    const known = this.#verified.get(token);
    if (known !== undefined) return known.expiresAtSeconds * 1000 > nowMs ? known : null;
    const claims = this.#verify(token);
    if (claims !== null) this.#verified.set(token, claims);
    return claims;
  }
}
