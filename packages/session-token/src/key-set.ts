import jwt from 'jsonwebtoken';
import type { KeySource } from './key-source';
import { readHeader, type TokenHeader } from './token-header';
import type { TokenKey } from './token-key';

/** What a token holds whose signature verified and that has not expired; `exp` and `iat` in seconds since 1970. */
export type VerifiedClaims = Record<string, unknown> & { readonly exp: number; readonly iat?: number };

/** How far the clocks of two machines may be apart, in seconds. */
const clockToleranceSeconds = 5 * 60;
/** Tokens last 30 days; one that claims to last longer than this was not made by anybody who knows them. */
const lifetimeMaxSeconds = 366 * 24 * 60 * 60;

/**
 * Keys by their `kid`, whatever their algorithm, from one source or more, which may change while they are used. The
 * first that can sign does, all verify. A token without a `kid`, as the original system made them, is tried against all
 * secrets.
 */
export class KeySet {
  readonly #sources: readonly KeySource[];
  #seen: readonly (readonly TokenKey[])[] = [];
  #keys: ReadonlyMap<string, TokenKey> = new Map();
  #signing: TokenKey | undefined;
  #version = 0;

  /** @param sources in the order in which their keys are preferred to sign */
  constructor(...sources: readonly KeySource[]) {
    this.#sources = sources;
  }

  /** Grows when the keys change: what was verified with the earlier ones is to be verified again. */
  get version(): number {
    this.#update();
    return this.#version;
  }

  /** @throws Error when no key can sign. */
  sign(claims: object): string {
    this.#update();
    const key = this.#signing;
    if (!key?.signing) throw new Error('no key can sign');
    return jwt.sign(claims, key.signing, { algorithm: key.algorithm, keyid: key.kid });
  }

  /**
   * The claims of a token that one of the keys signed with its own algorithm, and whose times are possible: `exp` a whole
   * number to come within a year, `iat` (if there) a whole number not more than five minutes ahead. Else null.
   */
  verify(token: string): VerifiedClaims | null {
    const header = readHeader(token);
    if (header === null) return null;
    for (const key of this.#candidates(header)) {
      const claims = verifyWith(key, token);
      if (claims !== null) return hasPossibleTimes(claims) ? claims : null;
    }
    return null;
  }

  /** Lets every source look for other keys now. */
  reload(): void {
    for (const source of this.#sources) source.reload();
  }

  /** Lets no source look any more; what is there goes on. */
  stop(): void {
    for (const source of this.#sources) source.stop();
  }

  /** Whether a token names a public key that no source has. */
  lacksPublicKeyOf(token: string): boolean {
    const header = readHeader(token);
    return header?.alg === 'ES256' && header.kid !== null && this.#find(header.kid) === undefined;
  }

  #candidates({ alg, kid }: TokenHeader): readonly TokenKey[] {
    if (kid !== null) {
      const key = this.#find(kid);
      return key?.algorithm === alg ? [key] : [];
    }
    this.#update();
    return alg === 'HS256' ? [...this.#keys.values()].filter((key) => key.algorithm === 'HS256') : [];
  }

  #find(kid: string): TokenKey | undefined {
    this.#update();
    const known = this.#keys.get(kid);
    if (known !== undefined) return known;
    for (const source of this.#sources) source.refresh();
    this.#update();
    return this.#keys.get(kid);
  }

  #update(): void {
    if (this.#sources.every((source, at) => source.keys === this.#seen[at])) return;
    this.#seen = this.#sources.map((source) => source.keys);
    const keys = this.#seen.flat();
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#signing = keys.find((key) => key.signing !== null);
    this.#version++;
  }
}

function verifyWith(key: TokenKey, token: string): Record<string, unknown> | null {
  try {
    const claims = jwt.verify(token, key.verifying, { algorithms: [key.algorithm] });
    return typeof claims === 'object' ? claims : null;
  } catch {
    // Not signed with this key, or expired, or no token at all.
    return null;
  }
}

function hasPossibleTimes(claims: Record<string, unknown>): claims is VerifiedClaims {
  const nowSeconds = Date.now() / 1000;
  const { exp, iat = 0 } = claims;
  const isPossible = (seconds: unknown, latestSeconds: number): boolean =>
    Number.isSafeInteger(seconds) && Number(seconds) >= 0 && Number(seconds) <= latestSeconds;
  return (
    isPossible(exp, nowSeconds + lifetimeMaxSeconds) && isPossible(iat, nowSeconds + clockToleranceSeconds)
  );
}
