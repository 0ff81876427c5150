import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import {
  fixedKeys,
  KeySet,
  keyOfJwk,
  parseSecrets,
  parseSigningKeys,
  publicJwkOf,
  SessionTokens,
  UserTokens,
} from '../src';
import { makeEcKey, makeEcToken, makeHmacToken } from './support/forged';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
const ec = makeEcKey();
const keys = new KeySet(fixedKeys(parseSigningKeys(ec.pem)), fixedKeys(parseSecrets(`${first}\n${second}`)));
const sessions = new SessionTokens(keys, 'otas');
const users = new UserTokens(keys, 'otas');
const isValid = (token: string) => [sessions.verify(token), users.verify(token)].some((one) => one !== null);

const iat = Math.floor(Date.now() / 1000);
const times = { iat, exp: iat + 60 };
const session = { agent_session_id: 's', agent_id: 'a', project_id: 'p' };
const user = { user_id: 'u', email: 'u@example.com' };
const mine = { iss: 'otas', aud: 'otas-session', ...session, ...times };
const header = { alg: 'HS256', typ: 'JWT' };
const kidOf = (secret: string) => parseSecrets(secret)[0]?.kid ?? '';
const hs = (claims: object | string, more: object = {}) =>
  makeHmacToken({ ...header, ...more }, claims, first);
const without = (name: keyof typeof mine) => {
  const { [name]: _, ...rest } = mine;
  return rest;
};
const good = hs(mine, { kid: kidOf(first) });
const spki = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('the tokens that the forged ones differ from are valid', () => {
  const es = makeEcToken({ alg: 'ES256', typ: 'JWT', kid: ec.kid }, mine, ec.privateKey);
  const byUs = [sessions.sign({ sessionId: 's', agentId: 'a', projectId: 'p' }, iat), good, es, hs(mine)];
  expect(byUs.map(isValid)).toEqual([true, true, true, true]);
});

describe('the signature', () => {
  test.each([
    [
      'alg none without a signature',
      makeHmacToken({ ...header, alg: 'none' }, mine, first).replace(/[^.]+$/, ''),
    ],
    ['alg none with a signature', makeHmacToken({ ...header, alg: 'none' }, mine, first)],
    ['alg None, as some compare it', makeHmacToken({ ...header, alg: 'None' }, mine, first)],
    ['a stripped signature', good.replace(/[^.]+$/, '')],
    [
      'the signature of other claims',
      good.replace(/\.[^.]+\./, `.${hs({ ...mine, agent_id: 'x' }).split('.')[1]}.`),
    ],
    ['HS384', makeHmacToken({ alg: 'HS384', kid: kidOf(first) }, mine, first, 'sha384')],
    ['HS512', makeHmacToken({ alg: 'HS512' }, mine, first, 'sha512')],
    [
      'RS256',
      jwt.sign(mine, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, { algorithm: 'RS256' }),
    ],
    ['another secret', makeHmacToken(header, mine, 'c'.repeat(32))],
    [
      'another secret under the kid of ours',
      makeHmacToken({ ...header, kid: kidOf(first) }, mine, 'c'.repeat(32)),
    ],
    ['another EC key', makeEcToken({ alg: 'ES256' }, mine, makeEcKey().privateKey)],
    [
      'another EC key under the kid of ours',
      makeEcToken({ alg: 'ES256', kid: ec.kid }, mine, makeEcKey().privateKey),
    ],
    ['an HMAC under the public key as PEM', makeHmacToken({ ...header, kid: ec.kid }, mine, spki)],
    ['the same without a kid', makeHmacToken(header, mine, spki)],
    [
      'an HMAC under the coordinates of the public key',
      makeHmacToken(
        { ...header, kid: ec.kid },
        mine,
        Buffer.from(String(ec.publicKey.export({ format: 'jwk' }).x), 'base64url'),
      ),
    ],
    ['the secret of ours and the EC key named', makeHmacToken({ alg: 'HS256', kid: ec.kid }, mine, first)],
    ['ES256 and a secret named', makeEcToken({ alg: 'ES256', kid: kidOf(first) }, mine, ec.privateKey)],
    ['ES256 and no key named', makeEcToken({ alg: 'ES256', typ: 'JWT' }, mine, ec.privateKey)],
    [
      'ES256 and a signature of zeros',
      makeEcToken({ alg: 'ES256', kid: ec.kid }, mine, ec.privateKey).replace(
        /[^.]+$/,
        Buffer.alloc(64).toString('base64url'),
      ),
    ],
    [
      'a key of its own in the header',
      makeEcToken(
        { alg: 'ES256', jwk: makeEcKey().publicKey.export({ format: 'jwk' }) },
        mine,
        ec.privateKey,
      ),
    ],
  ])('of a valid token is never %s', (_name, token) => {
    expect(isValid(token)).toBe(false);
  });
});

describe('the kid', () => {
  const [a, b] = [kidOf(first), kidOf(second)];
  test.each([
    ['unknown', hs(mine, { kid: '0123456789abcdef' })],
    ['a path', hs(mine, { kid: '../../../dev/null' })],
    ['that of another secret', hs(mine, { kid: b })],
    ['empty', hs(mine, { kid: '' })],
    ['a number', hs(mine, { kid: 7 })],
    ['a list', hs(mine, { kid: [a] })],
    ['there twice', makeHmacToken(`{"alg":"HS256","kid":"${b}","kid":"${a}"}`, mine, first)],
    ['there twice, alike', makeHmacToken(`{"alg":"HS256","kid":"${a}","kid":"${a}"}`, mine, first)],
    [
      'there twice, once in disguise',
      makeHmacToken(`{"alg":"HS256","k\\u0069d":"${b}","kid":"${a}"}`, mine, first),
    ],
    ['beside a second alg', makeHmacToken(`{"alg":"none","alg":"HS256","kid":"${a}"}`, mine, first)],
    ['beside something critical', hs(mine, { kid: a, crit: ['exp'] })],
  ])('of a valid token is never %s', (_name, token) => {
    expect(isValid(token)).toBe(false);
  });
});

describe('the times', () => {
  const yearSeconds = 366 * 24 * 60 * 60;
  test.each<[string, object | string]>([
    ['no exp', without('exp')],
    ['an exp that is over', { ...mine, exp: iat - 1 }],
    ['an exp of this second', { ...mine, exp: Math.floor(Date.now() / 1000) }],
    ['a negative exp', { ...mine, exp: -1 }],
    ['an exp of zero', { ...mine, exp: 0 }],
    ['an exp that is a text', { ...mine, exp: String(iat + 60) }],
    ['an exp that is no whole number', { ...mine, exp: iat + 60.5 }],
    ['an exp of null', { ...mine, exp: null }],
    ['an exp that is a list', { ...mine, exp: [iat + 60] }],
    ['an exp in more than a year', { ...mine, exp: iat + yearSeconds + 60 }],
    ['an exp in milliseconds', { ...mine, exp: (iat + 60) * 1000 }],
    ['an exp past every number', JSON.stringify(mine).replace(`"exp":${mine.exp}`, '"exp":1e999')],
    ['an iat more than five minutes ahead', { ...mine, iat: iat + 5 * 60 + 60 }],
    ['a negative iat', { ...mine, iat: -1 }],
    ['an iat that is a text', { ...mine, iat: String(iat) }],
    ['an iat that is no whole number', { ...mine, iat: iat - 0.5 }],
    ['an iat of null', { ...mine, iat: null }],
    ['an nbf ahead', { ...mine, nbf: iat + 60 }],
    ['an nbf that is a text', { ...mine, nbf: 'x' }],
  ])('of a valid token are never %s', (_name, claims) => {
    expect(isValid(hs(claims))).toBe(false);
  });

  test('may be those of a clock that is a little ahead', () => {
    expect(isValid(hs({ ...mine, iat: iat + 60 }))).toBe(true);
  });
});

describe('the kind of a token', () => {
  const userMine = { iss: 'otas', aud: 'otas-user', ...user, ...times };

  test('is never the other one, though all keys are the same', () => {
    const ofSession = [
      sessions.sign({ sessionId: 's', agentId: 'a', projectId: 'p' }, iat),
      hs({ ...session, ...times }),
    ];
    const ofUser = [users.sign({ userId: 'u', email: 'u@example.com' }, iat), hs({ ...user, ...times })];
    for (const token of ofSession)
      expect([sessions.verify(token) !== null, users.verify(token)]).toEqual([true, null]);
    for (const token of ofUser)
      expect([users.verify(token) !== null, sessions.verify(token)]).toEqual([true, null]);
  });

  test.each<[string, object]>([
    ['the claims of both', { ...session, ...user, ...times }],
    ['the claims of both, as a session', { ...mine, ...user }],
    ['the claims of both, as a user', { ...userMine, ...session }],
    ['a session and a user id', { ...session, ...times, user_id: 'u' }],
    ['a session and an e-mail', { ...session, ...times, email: 'u@example.com' }],
    ['a user and an agent', { ...user, ...times, agent_id: 'a' }],
    ['a user and a session of null', { ...user, ...times, agent_session_id: null }],
    ['a session for users', { ...mine, aud: 'otas-user' }],
    ['a user for sessions', { ...userMine, aud: 'otas-session' }],
    ['another audience', { ...mine, aud: 'otas' }],
    ['two audiences', { ...mine, aud: ['otas-session', 'otas-user'] }],
    ['its audience in a list', { ...mine, aud: ['otas-session'] }],
    ['an audience of null', { ...mine, aud: null }],
    ['an issuer and no audience', without('aud')],
    ['an audience and no issuer', without('iss')],
    ['another issuer', { ...mine, iss: 'somebody' }],
    ['no ids', { ...times }],
    ['no agent', without('agent_id')],
    ['no session', without('agent_session_id')],
    ['ids that are numbers', { ...mine, agent_id: 7 }],
    ['a project that is a number', { ...mine, project_id: 7 }],
    ['a user id that is a list', { ...userMine, user_id: ['u'] }],
    ['a user without iat', { ...user, exp: times.exp }],
    ['the names in a list', [session]],
  ])('is neither with %s', (_name, claims) => {
    expect(isValid(hs(claims))).toBe(false);
  });
});

test.each([
  ['nothing', ''],
  ['no token at all', 'nonsense'],
  ['dots', '..'],
  ['two parts', good.split('.').slice(0, 2).join('.')],
  ['four parts', `${good}.${good}`],
  ['a space before it', ` ${good}`],
  ['something behind its signature', `${good}=`],
  ['a header that is no object', makeHmacToken('"HS256"', mine, first)],
  ['a header of null', makeHmacToken('null', mine, first)],
  ['a text as claims', hs('"text"')],
  ['null as claims', hs('null')],
  ['claims that are no JSON', hs('{')],
  ['more than 4,096 characters', hs({ ...mine, more: 'x'.repeat(4096) })],
])('a token of %s is not valid', (_name, token) => {
  expect(isValid(token)).toBe(false);
});

test('a public key is named by the thumbprint of RFC 7638, whatever name it comes with', () => {
  const jwk = { ...publicJwkOf(keyOfJwk(ec.publicKey.export({ format: 'jwk' })) as never), kid: 'mine' };
  expect(jwk).toEqual({ ...ec.publicKey.export({ format: 'jwk' }), kid: 'mine', use: 'sig', alg: 'ES256' });
  expect(keyOfJwk(jwk)?.kid).toBe(ec.kid);
  // The key of RFC 7515, A.3, and its thumbprint computed apart from this code.
  const known = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  expect(keyOfJwk(known)?.kid).toBe('oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U');
});

test.each<[string, unknown]>([
  ['nothing', null],
  ['a text', 'x'],
  ['another curve', makeEcKey('P-384').publicKey.export({ format: 'jwk' })],
  ['a point off the curve', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
  ['a secret', { kty: 'oct', k: 'AA' }],
  ['a key for encryption', { ...ec.publicKey.export({ format: 'jwk' }), use: 'enc' }],
  ['a key for another algorithm', { ...ec.publicKey.export({ format: 'jwk' }), alg: 'ES384' }],
])('a JWK that is %s gives no key', (_name, jwk) => {
  expect(keyOfJwk(jwk)).toBeNull();
});
