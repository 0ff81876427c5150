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

test('a token with the right claims and secret is valid, whoever made it', async () => {
  expect(await statusOf(makeJwt(claims(), userSecret))).toBe(200);
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
