import jwt from 'jsonwebtoken';
import { fixedKeys, KeySet, parseSigningKeys, SessionTokens, secretKeys, UserTokens } from '../src';
import { makeEcKey } from './support/forged';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
const session = { sessionId: 's', agentId: 'a', projectId: 'p' };
const user = { userId: 'u', email: 'u@example.com' };
const nowSeconds = Math.floor(Date.now() / 1000);
const sessionsOf = (...secrets: string[]) => new SessionTokens(new KeySet(secretKeys(secrets)), 'otas');
const sessions = sessionsOf(first);
const users = new UserTokens(new KeySet(secretKeys([first])), 'otas');
const exp = nowSeconds + 30 * 24 * 60 * 60;

test('a session token has the documented claims and ends after exactly 30 days', () => {
  const token = sessions.sign(session, nowSeconds);
  expect(jwt.decode(token)).toEqual({
    ...{ iss: 'otas', aud: 'otas-session', iat: nowSeconds, exp },
    ...{ agent_session_id: 's', agent_id: 'a', project_id: 'p' },
  });
  expect(sessions.verify(token)).toEqual({ ...session, expiresAtSeconds: exp });
});

test('a user token has the documented claims and ends after exactly 30 days', () => {
  const token = users.sign(user, nowSeconds);
  expect(jwt.decode(token)).toEqual({
    ...{ iss: 'otas', aud: 'otas-user', iat: nowSeconds, exp },
    ...{ user_id: 'u', email: 'u@example.com' },
  });
  expect(users.verify(token)).toEqual({ userId: 'u', issuedAtSeconds: nowSeconds, expiresAtSeconds: exp });
});

test('tokens of the original system, with the documented claims alone and without kid, verify', () => {
  const times = { iat: nowSeconds, exp: nowSeconds + 60 };
  const ofSession = jwt.sign({ agent_session_id: 's', agent_id: 'a', ...times }, first);
  expect(sessions.verify(ofSession)).toMatchObject({ sessionId: 's', agentId: 'a', projectId: null });
  expect(sessionsOf(second, first).verify(ofSession)).not.toBeNull();
  const ofUser = jwt.sign({ user_id: 'u', email: 'u@example.com', ...times }, first);
  expect(users.verify(ofUser)).toMatchObject({ userId: 'u', issuedAtSeconds: nowSeconds });
});

test('the first secret signs and all verify, so that secrets rotate', () => {
  const old = sessions.sign(session, nowSeconds);
  const rotated = sessionsOf(second, first);
  expect(rotated.verify(old)).toMatchObject(session);
  const fresh = rotated.sign(session, nowSeconds);
  expect(sessionsOf(second).verify(fresh)).toMatchObject(session);
  expect(sessions.verify(fresh)).toBeNull();
});

test('an EC key signs before the secrets, and what either signed verifies', () => {
  const { pem, kid } = makeEcKey();
  const keys = new KeySet(fixedKeys(parseSigningKeys(pem)), secretKeys([first]));
  const both = new SessionTokens(keys, 'otas');
  const token = both.sign(session, nowSeconds);
  expect(jwt.decode(token, { complete: true })?.header).toEqual({ alg: 'ES256', typ: 'JWT', kid });
  expect(both.verify(token)).toMatchObject(session);
  expect(both.verify(sessions.sign(session, nowSeconds))).toMatchObject(session);
  expect(sessions.verify(token)).toBeNull();
  expect([sessions.lacksPublicKeyOf(token), both.lacksPublicKeyOf(token)]).toEqual([true, false]);
});

test('a token that was verified before does not outlive its exp', () => {
  jest.useFakeTimers({ now: nowSeconds * 1000 });
  try {
    const token = jwt.sign({ agent_session_id: 's', agent_id: 'a', exp: nowSeconds + 2 }, first);
    expect(sessions.verify(token)).not.toBeNull();
    jest.setSystemTime((nowSeconds + 2) * 1000);
    expect(sessions.verify(token)).toBeNull();
  } finally {
    jest.useRealTimers();
  }
});

test('a token that was verified before does not outlive its key', () => {
  const source = { ...secretKeys([first, second]) };
  const tokens = new SessionTokens(new KeySet(source), 'otas');
  const [token, other] = [first, second].map((secret) => sessionsOf(secret).sign(session, nowSeconds));
  for (let round = 0; round < 2; round++) expect(tokens.verify(token as string)).toMatchObject(session);
  source.keys = secretKeys([second]).keys;
  expect(tokens.verify(token as string)).toBeNull();
  expect(tokens.verify(other as string)).toMatchObject(session);
});

test('a set without a key that can sign refuses to', () => {
  expect(() => new SessionTokens(new KeySet(), 'otas').sign(session, nowSeconds)).toThrow('no key can sign');
});

test('a secret shorter than 32 characters is refused', () => {
  expect(() => secretKeys(['short'])).toThrow(RangeError);
});
