import type { KeySet } from './key-set';
import { TokenCache } from './token-cache';
import { isOfKind, userKind } from './token-kind';

/** What a user token says. `issuedAtSeconds` decides whether a later change of the password has ended it. */
export interface UserClaims {
  readonly userId: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

const lifetimeSeconds = 30 * 24 * 60 * 60;

/** Signs and verifies user tokens; a session token never verifies as one, also where both have the same secret. */
export class UserTokens {
  readonly #keys: KeySet;
  readonly #issuer: string;
  readonly #cache: TokenCache<UserClaims>;

  /** @param issuer the `iss` of the tokens */
  constructor(keys: KeySet, issuer: string) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#cache = new TokenCache(keys, (token) => this.#read(token));
  }

  /** A token that ends exactly 30 days after `issuedAtSeconds` (seconds since 1970). */
  sign(user: { userId: string; email: string }, issuedAtSeconds: number): string {
    return this.#keys.sign({
      iss: this.#issuer,
      aud: userKind.audience,
      user_id: user.userId,
      email: user.email,
      iat: issuedAtSeconds,
      exp: issuedAtSeconds + lifetimeSeconds,
    });
  }

  /** Null when the token is not a user token of ours, or has expired. Whether the user still exists is not checked. */
  verify(token: string): UserClaims | null {
    return this.#cache.get(token, Date.now());
  }

  #read(token: string): UserClaims | null {
    const claims = this.#keys.verify(token);
    if (claims === null || !isOfKind(userKind, this.#issuer, claims)) return null;
    const { user_id: userId, iat, exp } = claims;
    if (typeof userId !== 'string' || iat === undefined) return null;
    return { userId, issuedAtSeconds: iat, expiresAtSeconds: exp };
  }
}
