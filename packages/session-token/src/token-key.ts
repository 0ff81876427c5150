import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

/** A key that verifies tokens, and signs them where it can. */
export interface TokenKey {
  /** Stands in the header of every token that it signed, and tells nothing of the key itself. */
  readonly kid: string;
  readonly algorithm: 'HS256' | 'ES256';
  // KeyObjects, because jsonwebtoken turns a text into one on every call, which costs forty times the verification.
  readonly verifying: KeyObject;
  /** Null: it can only verify. */
  readonly signing: KeyObject | null;
}

/** The public half of an ES256 key as RFC 7517 writes it. */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
}

const secretMinLength = 32;

/** For HS256 (RFC 7518, 3.2). @throws RangeError for a secret of less than 32 characters. */
export function keyOfSecret(secret: string): TokenKey {
  if (secret.length < secretMinLength) {
    throw new RangeError(`a secret needs at least ${secretMinLength} characters`);
  }
  const digest = createHash('sha256').update('otas token key id').update('\0').update(secret).digest('hex');
  const key = createSecretKey(Buffer.from(secret));
  return { kid: digest.slice(0, 16), algorithm: 'HS256', verifying: key, signing: key };
}

/**
 * For ES256.
 *
 * @param pem a key on the curve P-256, not encrypted; a public one can only verify
 * @throws RangeError for anything else
 */
export function keyOfPem(pem: string): TokenKey {
  const signing = parseOrNull(() => createPrivateKey(pem));
  const verifying = parseOrNull(() => createPublicKey(signing ?? pem));
  if (verifying?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new RangeError('a signing key must be an EC key on the curve P-256, and not encrypted');
  }
  return { kid: thumbprintOf(verifying), algorithm: 'ES256', verifying, signing };
}

/** For ES256, from the public half; null for a key of another kind or use. Its `kid` is made anew, not believed. */
export function keyOfJwk(jwk: unknown): TokenKey | null {
  if (typeof jwk !== 'object' || jwk === null) return null;
  const { kty, crv, x, y, use = 'sig', alg = 'ES256' } = jwk as Record<string, unknown>;
  if (kty !== 'EC' || crv !== 'P-256' || use !== 'sig' || alg !== 'ES256') return null;
  const key = { kty, crv, x, y } as JsonWebKey;
  const verifying = parseOrNull(() => createPublicKey({ key, format: 'jwk' }));
  return verifying && { kid: thumbprintOf(verifying), algorithm: 'ES256', verifying, signing: null };
}

/** @param key for ES256 */
export function publicJwkOf({ kid, verifying }: TokenKey): PublicJwk {
  const { x, y } = verifying.export({ format: 'jwk' }) as { x: string; y: string };
  return { kty: 'EC', crv: 'P-256', x, y, kid, use: 'sig', alg: 'ES256' };
}

function parseOrNull(parse: () => KeyObject): KeyObject | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

/** RFC 7638: the SHA-256 of the members that a key needs, in the order of their names. */
function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
