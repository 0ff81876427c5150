import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { KeySet, SessionTokens, UserTokens } from '../src';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
const session = { sessionId: 's', agentId: 'a', projectId: 'p' };
const user = { userId: 'u', email: 'u@example.com' };
const nowSeconds = Math.floor(Date.now() / 1000);
const sessions = new SessionTokens(new KeySet([first]));
const users = new UserTokens(new KeySet([first]));

const claims = { agent_session_id: 's', agent_id: 'a', iat: nowSeconds, exp: nowSeconds + 60 };
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a session token has the documented claims and ends after exactly 30 days', () => {
  const token = sessions.sign(session, nowSeconds);
  expect(jwt.decode(token)).toEqual({
    agent_session_id: 's',
    agent_id: 'a',
    project_id: 'p',
    iat: nowSeconds,
    exp: nowSeconds + 30 * 24 * 60 * 60,
  });
  expect(sessions.verify(token)).toMatchObject(session);
});

test('a user token has the documented claims and ends after exactly 30 days', () => {
  const token = users.sign(user, nowSeconds);
  expect(jwt.decode(token)).toEqual({
    user_id: 'u',
    email: 'u@example.com',
    iat: nowSeconds,
    exp: nowSeconds + 30 * 24 * 60 * 60,
  });
  expect(users.verify(token)).toMatchObject({ userId: 'u', issuedAtSeconds: nowSeconds });
});

test('a token of the original system, without kid and project, verifies', () => {
  const token = jwt.sign(claims, first, { algorithm: 'HS256' });
  expect(sessions.verify(token)).toMatchObject({ sessionId: 's', agentId: 'a', projectId: null });
});

test('tokens of the two kinds never verify as each other, though both have the same secret', () => {
  expect(users.verify(sessions.sign(session, nowSeconds))).toBeNull();
  expect(sessions.verify(users.sign(user, nowSeconds))).toBeNull();
  const both = jwt.sign({ ...claims, user_id: 'u' }, first, { algorithm: 'HS256' });
  expect([users.verify(both), sessions.verify(both)]).toEqual([null, null]);
});

test('the first secret signs and all verify, so that secrets rotate', () => {
  const old = sessions.sign(session, nowSeconds);
  const rotated = new SessionTokens(new KeySet([second, first]));
  expect(rotated.verify(old)).toMatchObject(session);
  const fresh = rotated.sign(session, nowSeconds);
  expect(new SessionTokens(new KeySet([second])).verify(fresh)).toMatchObject(session);
  expect(sessions.verify(fresh)).toBeNull();
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const valid = jwt.sign(claims, first, { algorithm: 'HS256' });
test.each([
  ['alg none', `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.`],
  ['another HMAC', jwt.sign(claims, first, { algorithm: 'HS512' })],
  ['another algorithm', jwt.sign(claims, rsa.privateKey, { algorithm: 'RS256' })],
  ['another secret', jwt.sign(claims, second, { algorithm: 'HS256' })],
  ['no exp', jwt.sign({ agent_session_id: 's', agent_id: 'a' }, first, { algorithm: 'HS256' })],
  ['an exp in the past', jwt.sign({ ...claims, exp: nowSeconds - 1 }, first, { algorithm: 'HS256' })],
  ['a stripped signature', valid.slice(0, valid.lastIndexOf('.') + 1)],
  ['a changed payload', valid.replace(/\.[^.]+\./, `.${base64url({ ...claims, agent_id: 'x' })}.`)],
  ['a text as payload', jwt.sign('text', first, { algorithm: 'HS256' })],
  ['ids that are no texts', jwt.sign({ ...claims, agent_id: 7 }, first, { algorithm: 'HS256' })],
  ['no token at all', 'nonsense'],
  ['nothing', ''],
])('a session token with %s does not verify', (_name, token) => {
  expect(sessions.verify(token)).toBeNull();
});

test('a token that was verified before does not outlive its exp', () => {
  jest.useFakeTimers({ now: nowSeconds * 1000 });
  try {
    const token = jwt.sign({ ...claims, exp: nowSeconds + 2 }, first, { algorithm: 'HS256' });
    expect(sessions.verify(token)).not.toBeNull();
    jest.setSystemTime((nowSeconds + 2) * 1000);
    expect(sessions.verify(token)).toBeNull();
  } finally {
    jest.useRealTimers();
  }
});

test('a secret shorter than 32 characters is refused', () => {
  expect(() => new KeySet(['short'])).toThrow(RangeError);
  expect(() => new KeySet([])).toThrow(RangeError);
});
