import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** What a verified token holds; `exp` is always there, in seconds since 1970. */
export type VerifiedClaims = Record<string, unknown> & { readonly exp: number };

/**
 * Secrets for HS256 (RFC 7518, 3.2): the first signs, all verify. A token names its secret in `kid`; one without a
 * `kid` (as the original system made them) or with an unknown one is tried against all.
 */
export class KeySet {
  // A KeyObject, because jsonwebtoken turns a string into one on every call, which costs forty times the verification.
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #signingKid: string;

  /** @param secrets at least one, each at least 32 characters; throws a RangeError otherwise. */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
      throw new RangeError('a key set needs at least one secret, each of at least 32 characters');
    }
    this.#keys = new Map(secrets.map((secret) => [kidOf(secret), createSecretKey(Buffer.from(secret))]));
    this.#signingKid = kidOf(secrets[0] as string);
  }

  sign(claims: object): string {
    const key = this.#keys.get(this.#signingKid) as KeyObject;
    return jwt.sign(claims, key, { algorithm: 'HS256', keyid: this.#signingKid });
  }

  /** The claims of a token that one of the secrets signed, with HS256, and that has not expired; else null. */
  verify(token: string): VerifiedClaims | null {
    for (const key of this.#candidates(token)) {
      try {
        const claims = jwt.verify(token, key, { algorithms: ['HS256'] });
        if (typeof claims === 'object' && typeof claims.exp === 'number') return claims as VerifiedClaims;
        return null;
      } catch {
        // Not signed with this secret, or expired, or no token at all; another secret may still fit.
      }
    }
    return null;
  }

  #candidates(token: string): Iterable<KeyObject> {
    const kid = kidIn(token);
    const named = kid === null ? undefined : this.#keys.get(kid);
    return named === undefined ? this.#keys.values() : [named];
  }
}

/** 16 hexadecimal digits that name a secret and tell nothing of it. */
function kidOf(secret: string): string {
  return createHash('sha256')
    .update('otas token key id')
    .update('\0')
    .update(secret)
    .digest('hex')
    .slice(0, 16);
}

function kidIn(token: string): string | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    const kid = header !== null && typeof header === 'object' && 'kid' in header ? header.kid : null;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
}
