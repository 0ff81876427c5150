import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeJwt, readJwt } from './support/jwt';
import { startTestService, type TestService, testEnvironment } from './support/service';
import { createAgent, createTenant, paths, type Tenant } from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const userSecret = testEnvironment.USER_TOKEN_SECRETS;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const statusOf = async (token: string): Promise<number> =>
  (await service.http.post(paths.user).set('X-OTAS-USER-TOKEN', token)).status;
const claims = (): Record<string, unknown> => ({
  user_id: tenant.admin.id,
  email: tenant.admin.email,
  iat: nowSeconds(),
  exp: nowSeconds() + 60,
});

const byUs = (aud: unknown): object => ({ iss: 'otas', aud });

test('a token with the right claims and secret is valid, whoever made it', async () => {
  expect(await statusOf(makeJwt(claims(), userSecret))).toBe(200);
  expect(await statusOf(makeJwt({ ...claims(), ...byUs('otas-user') }, userSecret))).toBe(200);
});

const { exp: _, ...neverExpires } = { exp: 0, user_id: '', email: '', iat: 0 };

test.each<[string, () => string]>([
  ['`alg: none` and no signature', () => makeJwt(claims(), null, { alg: 'none', typ: 'JWT' })],
  ['`alg: none` and a signature', () => makeJwt(claims(), userSecret, { alg: 'none', typ: 'JWT' })],
  ['HS512', () => makeJwt(claims(), userSecret, { alg: 'HS512', typ: 'JWT' }, 'sha512')],
  ['HS384', () => makeJwt(claims(), userSecret, { alg: 'HS384', typ: 'JWT' }, 'sha384')],
  ['another secret', () => makeJwt(claims(), 'another secret of at least 32 characters')],
  ['a stripped signature', () => makeJwt(claims(), null)],
  ['two parts', () => makeJwt(claims(), null).slice(0, -1)],
  [
    'a signature over other claims',
    () => `${makeJwt({ a: 1 }, userSecret)}`.replace(/^[^.]+\.[^.]+/, 'e30.e30'),
  ],
  ['no exp', () => makeJwt({ ...neverExpires, user_id: tenant.admin.id, iat: nowSeconds() }, userSecret)],
  ['an exp that is a text', () => makeJwt({ ...claims(), exp: '9999999999' }, userSecret)],
  ['an exp in the past', () => makeJwt({ ...claims(), exp: nowSeconds() - 1 }, userSecret)],
  ['no iat', () => makeJwt({ ...claims(), iat: undefined }, userSecret)],
  ['a user id that is no UUID', () => makeJwt({ ...claims(), user_id: "1' OR 1=1" }, userSecret)],
  ['no user id', () => makeJwt({ ...claims(), user_id: undefined }, userSecret)],
  [
    'an unknown user',
    () => makeJwt({ ...claims(), user_id: '00000000-0000-7000-8000-000000000000' }, userSecret),
  ],
  [
    'an unknown kid and another secret',
    () => makeJwt(claims(), 'x'.repeat(32), { alg: 'HS256', kid: '../x' }),
  ],
  [
    'an unknown kid and the right secret',
    () => makeJwt(claims(), userSecret, { alg: 'HS256', kid: '0123456789abcdef' }),
  ],
  ['a kid that is no text', () => makeJwt(claims(), userSecret, { alg: 'HS256', kid: [1] })],
  ['something critical', () => makeJwt(claims(), userSecret, { alg: 'HS256', crit: ['exp'] })],
  ['ES256 in its header', () => makeJwt(claims(), userSecret, { alg: 'ES256', typ: 'JWT' })],
  ['an exp that is no whole number', () => makeJwt({ ...claims(), exp: nowSeconds() + 60.5 }, userSecret)],
  ['an exp in a thousand years', () => makeJwt({ ...claims(), exp: 33_000_000_000 }, userSecret)],
  ['a negative exp', () => makeJwt({ ...claims(), exp: -1 }, userSecret)],
  ['an iat ahead', () => makeJwt({ ...claims(), iat: nowSeconds() + 3600 }, userSecret)],
  ['the audience of sessions', () => makeJwt({ ...claims(), ...byUs('otas-session') }, userSecret)],
  ['two audiences', () => makeJwt({ ...claims(), ...byUs(['otas-user', 'otas-session']) }, userSecret)],
  ['an audience and no issuer', () => makeJwt({ ...claims(), aud: 'otas-user' }, userSecret)],
  ['another issuer', () => makeJwt({ ...claims(), ...byUs('otas-user'), iss: 'x' }, userSecret)],
  ['the claims of both kinds', () => makeJwt({ ...claims(), agent_session_id: 'x' }, userSecret)],
  ['a user id that is a list', () => makeJwt({ ...claims(), user_id: [tenant.admin.id] }, userSecret)],
  ['too many characters', () => makeJwt({ ...claims(), more: 'x'.repeat(5000) }, userSecret)],
  ['nothing of a token', () => 'undefined'],
])('a token with %s is not valid', async (_name, token) => {
  const answer = await service.http.post(paths.user).set('X-OTAS-USER-TOKEN', token());
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual({ status: 0, status_description: 'invalid_token', response_body: null });
});

test('a session token is no user token, also where both are signed with the same secret', async () => {
  const agent = await createAgent(service, tenant);
  const answer = await service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', agent.key);
  const { jwt_token } = answer.body.response;
  expect(await statusOf(jwt_token)).toBe(401);
  expect(await statusOf(makeJwt(readJwt(jwt_token), userSecret))).toBe(401);
  expect(await statusOf(makeJwt({ ...readJwt(jwt_token), ...claims() }, userSecret))).toBe(401);
});

test('after a rotation the tokens of the earlier secret stay valid, and new ones are of the first', async () => {
  const newSecret = 'a newer secret of user tokens in the tests';
  const rotated = await startTestService({ USER_TOKEN_SECRETS: `${newSecret},${userSecret}` });
  try {
    const { id, email, password, token } = tenant.admin;
    const earlier = await rotated.http.post(paths.user).set('X-OTAS-USER-TOKEN', token);
    expect(earlier.body.response_body.user.id).toBe(id);
    const { body } = await rotated.http.post(paths.login).send({ email, password });
    expect(await statusOf(body.response.jwt_token)).toBe(401);
    await rotated.http.post(paths.user).set('X-OTAS-USER-TOKEN', body.response.jwt_token).expect(200);
  } finally {
    await rotated.close();
  }
});

describe('with an EC key', () => {
  const jwks = '/.well-known/jwks.json';
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'uasam-keys-'));
    file = path.join(dir, 'keys.pem');
    writeFileSync(file, pemOfNewKey());
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const pemOfNewKey = (): string =>
    String(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
  const logIn = async ({ http }: TestService): Promise<string> => {
    const { email, password } = tenant.admin;
    return (await http.post(paths.login).send({ email, password }).expect(200)).body.response.jwt_token;
  };
  const headerOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

  test('tokens are signed with ES256, those of the secrets stay valid, and anybody can verify them', async () => {
    const signing = await startTestService({ TOKEN_SIGNING_KEYS_FILE: file, SESSION_TOKEN_SECRETS: '' });
    try {
      const token = await logIn(signing);
      const answer = await signing.http.get(jwks).expect(200);
      expect(answer.headers['cache-control']).toBe('public, max-age=60');
      expect(answer.headers['content-type']).toBe('application/json');
      const [jwk] = answer.body.keys;
      expect(answer.body).toEqual({
        keys: [
          { kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256', ...{ x: jwk.x, y: jwk.y, kid: jwk.kid } },
        ],
      });
      expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'JWT', kid: jwk.kid });
      const [header, payload, signature = ''] = token.split('.');
      const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
      expect(
        verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')),
      ).toBe(true);
      for (const one of [token, tenant.admin.token]) {
        await signing.http.post(paths.user).set('X-OTAS-USER-TOKEN', one).expect(200);
      }
      const agent = await createAgent(signing, tenant);
      const session = await signing.http
        .post(paths.createSession)
        .set('X-OTAS-AGENT-KEY', agent.key)
        .expect(200);
      expect(headerOf(session.body.response.jwt_token)).toMatchObject({ alg: 'ES256', kid: jwk.kid });
      await signing.http
        .post(paths.user)
        .set('X-OTAS-USER-TOKEN', session.body.response.jwt_token)
        .expect(401);
    } finally {
      await signing.close();
    }
  });

  test('keys rotate without a restart: those that were put in front sign, those that were taken out end', async () => {
    const signing = await startTestService({ TOKEN_SIGNING_KEYS_FILE: file });
    try {
      const first = await logIn(signing);
      const statusOfFirst = async () =>
        (await signing.http.post(paths.user).set('X-OTAS-USER-TOKEN', first)).status;
      const [older, newer] = [readFileSync(file, 'utf8'), pemOfNewKey()];
      writeFileSync(file, newer + older);
      signing.deps.tokenKeys.reload();
      const { keys } = (await signing.http.get(jwks)).body;
      expect(keys.map((key: { kid: string }) => key.kid)).toEqual([
        headerOf(await logIn(signing)).kid,
        headerOf(first).kid,
      ]);
      expect(await statusOfFirst()).toBe(200);
      writeFileSync(file, newer);
      signing.deps.tokenKeys.reload();
      expect(await statusOfFirst()).toBe(401);
    } finally {
      await signing.close();
    }
  });

  test('without one the list of public keys is empty', async () => {
    expect((await service.http.get(jwks).expect(200)).body).toEqual({ keys: [] });
  });
});
