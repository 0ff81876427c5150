import { createHmac, createPublicKey } from 'node:crypto';

type Claims = Record<string, unknown>;

/** What a forger may know: a good token of each kind, and by theft one of the secrets. */
export interface ForgingMeans {
  readonly token: string;
  readonly tokenOfOtherKind: string;
  /** With which tokens of this kind are signed and verified; most forgeries differ from a good token in one thing. */
  readonly secret: string;
  readonly secretOfOtherKind: string;
  /** The key with which the good token was signed, as UASAM publishes it. */
  readonly publicKey: { readonly kid: string } & Record<string, unknown>;
  /** Claims of somebody else. */
  readonly otherClaims: Claims;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The claims of a token. */
export const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** A token under a secret; with the true secret and claims it is a good one. */
export function signHs256(claims: Claims, secret: string, header: object = {}): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Eleven tokens that are not good, by what is wrong with them. */
export function forgeTokens(means: ForgingMeans): Record<string, string> {
  const { token, secret, publicKey } = means;
  const claims = claimsOf(token);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const over = Math.floor(Date.now() / 1000) - 60;
  return {
    'no algorithm': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'another secret': signHs256(claims, 'the secret of somebody else, with enough characters'),
    'the secret of the other kind': signHs256(claims, means.secretOfOtherKind),
    'the public key as a secret': signHs256(claims, pem.toString(), { kid: publicKey.kid }),
    'an unknown kid': signHs256(claims, secret, { kid: '0123456789abcdef' }),
    'other claims': `${header}.${encode({ ...claims, ...means.otherClaims })}.${signature}`,
    'another issuer': signHs256({ ...claims, iss: 'somebody' }, secret),
    'another audience': signHs256({ ...claims, aud: 'otas' }, secret),
    expired: signHs256({ ...claims, iat: over - 60, exp: over }, secret),
    'a cut signature': token.slice(0, -1),
    'the other kind': means.tokenOfOtherKind,
  };
}

/** Five keys that are not good, by what is wrong with them; `other` is a good one of the same kind. */
export function forgeKeys(key: string, other: string): Record<string, string> {
  const [kind, prefix, secret = ''] = key.split('_');
  return {
    'an unknown prefix': `${kind}_${'A'.repeat(12)}_${secret}`,
    'another secret': `${kind}_${prefix}_${'A'.repeat(secret.length)}`,
    'the secret of another key': `${kind}_${prefix}_${other.split('_')[2]}`,
    'a cut secret': key.slice(0, -1),
    'the name of the other kind': `${kind === 'otas' ? 'agent' : 'otas'}_${prefix}_${secret}`,
  };
}
