import { generateKeyPairSync, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  services = await startServices({ REQUEST_MAX_BYTES: '200000' });
  other = await makeTenant(services);
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const post = (route: 'agent' | 'sdk', headers: Record<string, string>, body?: unknown) =>
  send('POST', `${services.brain.url}/api/v1/backend/log/${route}/`, headers, body);
const log = (more: object) => post('agent', tenant.agent, { ...minimalEvent(tenant), ...more });
const only = async () => (await readSession(services, tenant))[0];

describe.each([
  ['agent', 'X-OTAS-AGENT-KEY', 'missing_agent_key', 'invalid_or_expired_agent_key'],
  ['sdk', 'X-OTAS-SDK-KEY', 'missing_sdk_key', 'invalid_sdk_key'],
] as const)('log/%s', (route, keyHeader, missingKey, invalidKey) => {
  const headersOf = (one: Tenant) => (route === 'agent' ? one.agent : one.backEnd);

  test('the first check that fails answers, in the order of the contract', async () => {
    const headers = headersOf(tenant);
    const token = { 'X-OTAS-AGENT-SESSION-TOKEN': tenant.sessionToken };
    const key = { [keyHeader]: headers[keyHeader] as string };
    const wrongKey = { [keyHeader]: `${headers[keyHeader]}x` };
    const body = minimalEvent(tenant);
    const { path: _path, status_code: _status, ...lacking } = body;
    const cases: [Record<string, string>, unknown, number, string][] = [
      [{}, 'nonsense', 401, missingKey],
      [{ [keyHeader]: '', ...token }, body, 401, missingKey],
      [{ [keyHeader]: 'nonsense' }, 'nonsense', 401, invalidKey],
      [wrongKey, 'nonsense', 401, invalidKey],
      [key, 'nonsense', 401, 'missing_agent_session_token'],
      [{ ...key, 'X-OTAS-AGENT-SESSION-TOKEN': 'nonsense' }, 'nonsense', 401, 'invalid_or_expired_token'],
      [headers, 'nonsense', 400, 'invalid_json'],
      [headers, '[]', 400, 'invalid_json'],
      [headers, 'null', 400, 'invalid_json'],
      [headers, '{"a":NaN}', 400, 'invalid_json'],
      [headers, { ...lacking, method: 7, project_id: other.projectId }, 400, 'missing_required_fields'],
      [headers, { ...body, method: 7, project_id: other.projectId }, 400, 'invalid_request'],
      [headers, { ...body, project_id: other.projectId }, 403, 'project_mismatch'],
      [headers, body, 201, 'event_captured'],
    ];
    for (const [sentHeaders, sentBody, status, description] of cases) {
      const answer = await post(route, sentHeaders, sentBody);
      expect([answer.status, answer.body.status_description]).toEqual([status, description]);
      expect(answer.body.status).toBe(status === 201 ? 1 : 0);
    }
  });

  test('fields that are missing and fields that are wrong are named', async () => {
    const missing = await post(route, headersOf(tenant), { method: null, latency_ms: -1 });
    expect(missing.body.missing_fields).toEqual(['project_id', 'path', 'status_code']);
    const empty = await post(route, headersOf(tenant), '');
    expect(empty.body.missing_fields).toHaveLength(5);
    const wrong = await post(route, headersOf(tenant), {
      ...minimalEvent(tenant),
      path: {},
      status_code: 'x',
    });
    expect(wrong.body.errors.map((error: { field: string }) => error.field)).toEqual(['path', 'status_code']);
  });

  test('the answer holds the id under which the event is read', async () => {
    const answer = await post(route, headersOf(tenant), minimalEvent(tenant));
    expect((await only()).event_id).toBe(answer.body.response.event_id);
  });

  test('the path works without its trailing slash and with doubled leading ones', async () => {
    for (const path of [`/api/v1/backend/log/${route}`, `//api/v1/backend/log/${route}/`]) {
      const answer = await send(
        'POST',
        `${services.brain.url}${path}`,
        headersOf(tenant),
        minimalEvent(tenant),
      );
      expect(answer.status).toBe(201);
    }
    expect(await readSession(services, tenant)).toHaveLength(2);
  });
});

test("a session of another project's agent is refused on the SDK route, though key and token are good", async () => {
  const headers = { ...tenant.backEnd, 'X-OTAS-AGENT-SESSION-TOKEN': other.sessionToken };
  const answer = await post('sdk', headers, minimalEvent(tenant));
  expect([answer.status, answer.body.status_description]).toEqual([403, 'session_project_mismatch']);
});

test('a session of another agent is refused on the agent route', async () => {
  const headers = { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': other.sessionToken };
  const answer = await post('agent', headers, minimalEvent(tenant));
  expect([answer.status, answer.body.status_description]).toEqual([403, 'session_agent_mismatch']);
});

test('keys of one kind do not work as the other', async () => {
  const token = { 'X-OTAS-AGENT-SESSION-TOKEN': tenant.sessionToken };
  expect((await post('agent', { 'X-OTAS-AGENT-KEY': tenant.sdkKey, ...token }, {})).status).toBe(401);
  expect((await post('sdk', { 'X-OTAS-SDK-KEY': tenant.agentKey, ...token }, {})).status).toBe(401);
});

describe('a session token is refused', () => {
  const secret = () => services.secrets.SESSION_TOKEN_SECRETS;
  const claims = () => ({
    ...(jwt.decode(tenant.sessionToken) as jwt.JwtPayload & { iat: number; exp: number }),
  });
  const kid = () => jwt.decode(tenant.sessionToken, { complete: true })?.header.kid ?? '';
  const { privateKey: ecKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // As a text, because the library refuses to sign what is wrong with the times.
  const unsound = (more: object) => jwt.sign(JSON.stringify({ ...claims(), ...more }), secret());
  const withToken = async (token: string) => {
    const answer = await post(
      'agent',
      { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': token },
      minimalEvent(tenant),
    );
    return [answer.status, answer.body.status_description];
  };
  const unsigned = (header: object) =>
    [header, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

  test.each([
    ['with alg none', () => `${unsigned({ alg: 'none' })}.`],
    ['with another algorithm', () => jwt.sign(claims(), secret(), { algorithm: 'HS512' })],
    ['signed with another secret', () => jwt.sign(claims(), 'x'.repeat(40))],
    ['signed with the secret of user tokens', () => jwt.sign(claims(), services.secrets.USER_TOKEN_SECRETS)],
    ['without exp', () => jwt.sign(JSON.parse(JSON.stringify({ ...claims(), exp: undefined })), secret())],
    ['that has expired', () => jwt.sign({ ...claims(), exp: 1_700_000_000 }, secret())],
    ['without its signature', () => tenant.sessionToken.replace(/[^.]+$/, '')],
    ['that is a user token', () => tenant.userToken],
    ['that is for users', () => jwt.sign({ ...claims(), aud: 'otas-user' }, secret())],
    ['of another issuer', () => jwt.sign({ ...claims(), iss: 'somebody' }, secret())],
    ['with the claims of both kinds', () => jwt.sign({ ...claims(), user_id: randomUUID() }, secret())],
    ['with an unknown kid', () => jwt.sign(claims(), secret(), { keyid: '0123456789abcdef' })],
    ['with a kid of ours and another secret', () => jwt.sign(claims(), 'x'.repeat(40), { keyid: kid() })],
    [
      'signed with an EC key of its own',
      () => jwt.sign(claims(), ecKey, { algorithm: 'ES256', keyid: kid() }),
    ],
    ['with an exp in a thousand years', () => jwt.sign({ ...claims(), exp: 33_000_000_000 }, secret())],
    ['with an exp that is no whole number', () => unsound({ exp: claims().exp + 0.5 })],
    ['with an exp that is a text', () => unsound({ exp: String(claims().exp) })],
    ['issued in an hour', () => jwt.sign({ ...claims(), iat: claims().iat + 3600 }, secret())],
    ['too long to be one', () => jwt.sign({ ...claims(), more: 'x'.repeat(5000) }, secret())],
    ['whose ids are no UUIDs', () => jwt.sign({ ...claims(), agent_session_id: "x' OR 1=1" }, secret())],
  ])('%s', async (_name, token) => {
    expect(await withToken(token())).toEqual([401, 'invalid_or_expired_token']);
  });

  test('but one of the original system, with only the documented claims, is taken on both routes', async () => {
    const { agent_session_id, agent_id, iat, exp } = claims();
    const token = jwt.sign({ agent_session_id, agent_id, iat, exp }, secret());
    expect(await withToken(token)).toEqual([201, 'event_captured']);
    const asBackEnd = async (who: Tenant) => {
      const headers = { ...who.backEnd, 'X-OTAS-AGENT-SESSION-TOKEN': token };
      const answer = await post('sdk', headers, minimalEvent(who));
      return [answer.status, answer.body.status_description];
    };
    expect(await asBackEnd(tenant)).toEqual([201, 'event_captured']);
    expect(await asBackEnd(other)).toEqual([403, 'session_project_mismatch']);
    expect((await readSession(services, tenant)).map((event) => event.agent_id)).toEqual(
      Array(2).fill(tenant.agentId),
    );
  });
});

test('a 201 is seen by the very next read, 50 times out of 50', async () => {
  for (let count = 1; count <= 50; count++) {
    const answer = await log({ path: `/${count}` });
    const events = await readSession(services, tenant);
    expect(events).toHaveLength(count);
    expect(events.at(-1)).toMatchObject({ event_id: answer.body.response.event_id, path: `/${count}` });
  }
});

test('events without a time of their own are read in the order in which they were acknowledged', async () => {
  for (let count = 0; count < 20; count++) await log({ path: String(count) });
  const events = await readSession(services, tenant);
  expect(events.map((event) => event.path)).toEqual(Array.from({ length: 20 }, (_, count) => String(count)));
});

test('a body over the bound is 413 that names the bound, and nothing is stored', async () => {
  const answer = await log({ request_body: 'x'.repeat(200_000) });
  expect([answer.status, answer.body]).toMatchObject([413, { limit_bytes: 200_000 }]);
  expect(await readSession(services, tenant)).toEqual([]);
});

test('32 clients at once lose nothing and see no error', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 32 }, async (_, client) => {
      const seen: number[] = [];
      for (let count = 0; count < 10; count++) seen.push((await log({ path: `/${client}/${count}` })).status);
      return seen;
    }),
  );
  expect(new Set(statuses.flat())).toEqual(new Set([201]));
  const paths = (await readSession(services, tenant)).map((event) => event.path);
  expect(new Set(paths).size).toBe(320);
  expect(paths).toHaveLength(320);
});
