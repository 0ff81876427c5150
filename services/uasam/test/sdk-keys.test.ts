import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  deactivateProject,
  memberHeaders,
  paths,
  type Tenant,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const dayMs = 24 * 60 * 60 * 1000;
const authenticate = (key: string) => service.http.post(paths.sdkKey).set('X-OTAS-SDK-KEY', key);
const create = (body: string | object) =>
  service.http.post(paths.createSdkKey).set(tenant.headers).type('application/json').send(body);

test('a key is shown whole once, and never again', async () => {
  const answer = await create({ validity: 300, name: ' Production ' });
  expect(answer.status).toBe(201);
  expect(answer.body.status_description).toBe('backend_sdk_key_created');
  const key = answer.body.response_body;
  expect(key).toEqual({
    id: expect.any(String),
    prefix: expect.stringMatching(/^[A-Za-z0-9]{12}$/),
    api_key: expect.stringMatching(new RegExp(`^otas_${key.prefix}_[A-Za-z0-9]{40}$`)),
    project_id: tenant.projectId,
    name: 'Production',
    created_at: expect.any(String),
    expires_at: expect.any(String),
    active: true,
    scopes: ['capture', 'read'],
  });
  expect(Date.parse(key.expires_at) - Date.parse(key.created_at)).toBe(300 * dayMs);

  const list = await service.http.get(paths.sdkKeys).set(tenant.headers);
  const { api_key, project_id, ...listed } = key;
  expect(list.body).toEqual({
    status: 1,
    status_description: 'backend_sdk_keys_listed',
    response_body: { keys: [{ ...listed, revoked_at: null, last_used_at: null }] },
  });
  expect(list.text).not.toContain(api_key.slice(-40));
  const stored = await service.deps.database.prisma.sdkKey.findUnique({ where: { id: key.id } });
  expect(JSON.stringify(stored)).not.toContain(api_key.slice(-40));
});

test.each([
  [{}, 'validity must be an integer'],
  [{ validity: null }, 'validity must be an integer'],
  [{ validity: '30' }, 'validity must be an integer'],
  [{ validity: 1.5 }, 'validity must be an integer'],
  [{ validity: true }, 'validity must be an integer'],
  [{ validity: [30] }, 'validity must be an integer'],
  [{ validity: 0 }, 'validity must be between 1 and 300'],
  [{ validity: -1 }, 'validity must be between 1 and 300'],
  [{ validity: 301 }, 'validity must be between 1 and 300'],
  [{ validity: 30, name: 5 }, 'name must be a string'],
  [{ validity: 30, name: 'a\u0000' }, 'name must not hold U+0000 or half of a surrogate pair'],
  [{ validity: 30, name: 'x'.repeat(256) }, 'name too long (max 255)'],
  [{ validity: 30, scopes: [] }, 'scopes must be an array of one or more of capture, read, each once'],
  ['{', 'the body must be a JSON object'],
  ['[]', 'the body must be a JSON object'],
  ['{"validity": Infinity}', 'the body must be a JSON object'],
])('creation refuses %j', async (body, error) => {
  const answer = await create(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: 0, status_description: 'sdk_key_creation_failed', errors: [error] });
});

test('a key has the scopes that it was given, and the list says so', async () => {
  for (const scopes of [['read'], null]) {
    const key = (await create({ validity: 1, scopes })).body.response_body;
    expect(key.scopes).toEqual(scopes ?? ['capture', 'read']);
    const list = await service.http.get(paths.sdkKeys).set(tenant.headers);
    expect(list.body.response_body.keys[0]).toMatchObject({ id: key.id, scopes: key.scopes });
  }
});

test('the list is newest first, and keeps revoked and expired keys', async () => {
  const start = new Date('2026-05-01T00:00:00.000Z').getTime();
  service.clock.now = new Date(start);
  const expired = await createSdkKey(service, tenant, 1);
  service.clock.now = new Date(start + dayMs / 2);
  const revoked = await createSdkKey(service, tenant, 300);
  const twin = await createSdkKey(service, tenant, 300);
  service.clock.now = new Date(start + dayMs);
  await service.http.post(paths.revokeSdkKey).set(tenant.headers).send({ sdk_key_id: revoked.id });
  const list = await service.http.get(paths.sdkKeys).set(tenant.headers);
  expect(list.body.response_body.keys).toMatchObject([
    { id: twin.id, active: true, revoked_at: null },
    { id: revoked.id, active: false, revoked_at: '2026-05-02T00:00:00.000000+00:00' },
    { id: expired.id, active: false, revoked_at: null, expires_at: '2026-05-02T00:00:00.000000+00:00' },
  ]);
});

describe('a key authenticates its project', () => {
  test('while it is valid', async () => {
    const { key } = await createSdkKey(service, tenant);
    const answer = await authenticate(key);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'authenticated',
      response: { project: { id: tenant.projectId, name: 'Engine', description: '' } },
    });
  });

  test('but not when it is missing or has another form', async () => {
    for (const request of [service.http.post(paths.sdkKey), authenticate('')]) {
      const answer = await request;
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        status: 0,
        status_description: 'missing_sdk_key',
        error: 'SDK Key missing',
      });
    }
    const agent = await createAgent(service, tenant);
    const { key } = await createSdkKey(service, tenant);
    const malformed = [
      'x',
      'otas',
      'otas__',
      'otas_abc_',
      key.replace('otas_', 'OTAS_'),
      key.replace('otas_', 'xotas_'),
      `${key}.`,
      `otas_abc_${'x'.repeat(5000)}`,
      "otas_abc_' OR 1=1",
      agent.key,
    ];
    for (const one of malformed) {
      const answer = await authenticate(one);
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({
        status: 0,
        status_description: 'invalid_sdk_key',
        error: 'Invalid Key Format',
      });
    }
  });

  test('and not when it has a form that only keys of the original system have', async () => {
    const { key } = await createSdkKey(service, tenant);
    for (const one of ['otas_a_b_c', `${key}_x`, `${key}-`]) await expectInvalid(one);
  });

  const expectInvalid = async (key: string): Promise<void> => {
    const answer = await authenticate(key);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      status: 0,
      status_description: 'invalid_sdk_key',
      error: 'Invalid SDK Key',
    });
  };

  test('but not when it is unknown, or its secret is wrong', async () => {
    const { key } = await createSdkKey(service, tenant);
    await expectInvalid('otas_abcdefghijkl_abcdef');
    await expectInvalid(`${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`);
    await expectInvalid(`${key}x`);
    await expectInvalid(key.slice(0, -1));
  });

  test('but not once it is revoked', async () => {
    const { id, key } = await createSdkKey(service, tenant);
    await service.http.post(paths.revokeSdkKey).set(tenant.headers).send({ sdk_key_id: id }).expect(200);
    await expectInvalid(key);
  });

  test('but not from the moment on at which it expires', async () => {
    service.clock.now = new Date('2026-05-01T00:00:00.000Z');
    const { key } = await createSdkKey(service, tenant, 1);
    service.clock.now = new Date('2026-05-01T23:59:59.999Z');
    await authenticate(key).expect(200);
    service.clock.now = new Date('2026-05-02T00:00:00.000Z');
    await expectInvalid(key);
  });

  test('but not when the project is inactive', async () => {
    const { key } = await createSdkKey(service, tenant);
    await deactivateProject(service, tenant.projectId);
    await expectInvalid(key);
  });

  test('but not under another pepper', async () => {
    const { key } = await createSdkKey(service, tenant);
    const other = await startTestService({ KEY_PEPPER: 'another pepper of at least 32 characters' });
    const answer = await other.http.post(paths.sdkKey).set('X-OTAS-SDK-KEY', key);
    await other.close();
    expect(answer.status).toBe(403);
  });
});

describe('revocation', () => {
  const revoke = (body: object, headers = tenant.headers) =>
    service.http.post(paths.revokeSdkKey).set(headers).send(body);

  test('answers with the id, and again the same', async () => {
    const { id } = await createSdkKey(service, tenant);
    for (const sent of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
      const answer = await revoke({ sdk_key_id: sent });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        status: 1,
        status_description: 'backend_sdk_key_revoked',
        response_body: { id },
      });
    }
  });

  test.each([{}, { sdk_key_id: null }, { sdk_key_id: ' ' }])('wants an id (%j)', async (body) => {
    const answer = await revoke(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'sdk_key_id_required' });
  });

  test.each([randomUUID(), 'x', 5, {}, ['x'], 'a\u0000', '00000000-0000-0000-0000-00000000000g'])(
    'knows no key %j',
    async (sdk_key_id) => {
      const answer = await revoke({ sdk_key_id });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ status: 0, status_description: 'sdk_key_not_found' });
    },
  );

  test("does not reach another project's key", async () => {
    const { id, key } = await createSdkKey(service, tenant);
    const other = await createTenant(service);
    expect((await revoke({ sdk_key_id: id }, other.headers)).status).toBe(404);
    await authenticate(key).expect(200);
  });
});

test('a Member may neither create, list nor revoke keys, whatever he sends', async () => {
  const { id, key } = await createSdkKey(service, tenant);
  const headers = memberHeaders(await addMember(service, tenant), tenant.projectId);
  const requests = [
    service.http.post(paths.createSdkKey).send({ validity: 30 }),
    service.http.post(paths.createSdkKey).send('{'),
    service.http.get(paths.sdkKeys),
    service.http.post(paths.revokeSdkKey).send({ sdk_key_id: id }),
    service.http.post(paths.revokeSdkKey).send({}),
  ];
  for (const request of requests) {
    const answer = await request.set(headers);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({ status: 0, status_description: 'forbidden' });
  }
  await authenticate(key).expect(200);
});
