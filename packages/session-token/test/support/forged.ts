import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { keyOfJwk } from '../../src';

type Part = object | string;

const signedPart = (header: Part, claims: Part): string =>
  [header, claims]
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');

/** A token whose header and claims are written as they stand, with an HMAC over just that. */
export function makeHmacToken(header: Part, claims: Part, secret: string | Buffer, hash = 'sha256'): string {
  const signed = signedPart(header, claims);
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** The same with a signature of an EC key. */
export function makeEcToken(header: Part, claims: Part, key: KeyObject): string {
  const signed = signedPart(header, claims);
  const signature = signBytes('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

export interface EcKey {
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly kid: string;
}

export function makeEcKey(namedCurve = 'P-256'): EcKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const kid = keyOfJwk(publicKey.export({ format: 'jwk' }))?.kid ?? '';
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), privateKey, publicKey, kid };
}
