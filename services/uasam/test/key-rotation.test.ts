import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { agentKeyKind, type KeyKind, sdkKeyKind, type TestKey } from './support/keys';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createTenant,
  deactivateAgent,
  memberHeaders,
  paths,
  type Tenant,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let other: Tenant;
beforeAll(async () => {
  service = await startTestService();
  other = await createTenant(service);
});
beforeEach(async () => {
  tenant = await createTenant(service);
  service.clock.now = start;
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const start = new Date('2026-05-01T00:00:00.000Z');
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const [daySeconds, overlapMax] = [86_400, 2_592_000];

const rotate = (
  { rotate: path, idField }: KeyKind,
  id: unknown,
  more: object = {},
  headers = tenant.headers,
) =>
  service.http
    .post(path)
    .set(headers)
    .send({ [idField]: id, ...more });

const statusOf = async ({ verify, header }: KeyKind, key: string): Promise<number> =>
  (await service.http.post(verify).set(header, key)).status;

describe.each([agentKeyKind, sdkKeyKind])('the rotation of an $kind', (kind) => {
  let old: TestKey;
  beforeEach(async () => {
    old = await kind.make(service, tenant);
  });

  test('ends the old key at once when nothing is said, and shows the new one whole', async () => {
    service.clock.now = at(60);
    const answer = await rotate(kind, old.id.toUpperCase());
    expect(answer.status).toBe(201);
    expect(answer.body.status_description).toMatch(/^(backend_sdk|agent)_key_rotated$/);
    const { key, replaced } = kind.read(answer.body);
    expect(key).toMatchObject({
      id: expect.any(String),
      api_key: expect.stringMatching(new RegExp(`^[a-z]+_${key.prefix}_[A-Za-z0-9]{40}$`)),
      created_at: '2026-05-01T00:01:00.000000+00:00',
      expires_at: '2026-05-31T00:01:00.000000+00:00',
      active: true,
    });
    expect(replaced).toEqual({
      id: old.id,
      expires_at: '2026-05-01T00:01:00.000000+00:00',
      active: false,
    });
    expect(await statusOf(kind, old.key)).toBe(kind.invalidStatus);
    expect(await statusOf(kind, key.api_key)).toBe(200);
  });

  test('lets both keys live for the overlap, to the millisecond', async () => {
    const answer = await rotate(kind, old.id, { expires_in_seconds: 1 });
    const { key, replaced } = kind.read(answer.body);
    expect(replaced).toEqual({ id: old.id, expires_at: '2026-05-01T00:00:01.000000+00:00', active: true });
    service.clock.now = at(0.999);
    expect([await statusOf(kind, old.key), await statusOf(kind, key.api_key)]).toEqual([200, 200]);
    service.clock.now = at(1);
    expect([await statusOf(kind, old.key), await statusOf(kind, key.api_key)]).toEqual([
      kind.invalidStatus,
      200,
    ]);
  });

  test('never lengthens the life of the old key', async () => {
    service.clock.now = at(29 * daySeconds);
    const answer = await rotate(kind, old.id, { expires_in_seconds: overlapMax });
    const { replaced } = kind.read(answer.body);
    expect(replaced).toMatchObject({ expires_at: '2026-05-31T00:00:00.000000+00:00', active: true });
    service.clock.now = at(30 * daySeconds);
    expect(await statusOf(kind, old.key)).toBe(kind.invalidStatus);
  });

  test('hands on name and scopes, unless others are given', async () => {
    const first = kind.read((await rotate(kind, old.id, { name: ' Build ', scopes: ['read'] })).body).key;
    expect(first).toMatchObject({ name: 'Build', scopes: ['read'] });
    const second = kind.read(
      (await rotate(kind, first.id, { name: null, scopes: null, validity: 300 })).body,
    ).key;
    expect(second).toMatchObject({ name: 'Build', scopes: ['read'] });
    expect(Date.parse(second.expires_at) - start.getTime()).toBe(300 * daySeconds * 1000);
    const third = kind.read((await rotate(kind, second.id, { name: '', validity: null })).body).key;
    expect(third).toMatchObject({ name: '', expires_at: '2026-05-31T00:00:00.000000+00:00' });
  });

  test('is in the audit log, with both keys and without a secret', async () => {
    const answer = await rotate(kind, old.id, { expires_in_seconds: 60, name: 'Build' });
    const { key } = kind.read(answer.body);
    const [created, rotated] = await readAudit(service, tenant.headers);
    const prefix = old.key.split('_')[1];
    expect(rotated).toMatchObject({
      action: `${kind.kind}.rotated`,
      target: { kind: kind.kind, id: old.id },
      before: { prefix, expires_at: '2026-05-31T00:00:00.000000+00:00', successor_id: null },
      after: { prefix, expires_at: '2026-05-01T00:01:00.000000+00:00', successor_id: key.id },
    });
    expect(created).toMatchObject({
      action: `${kind.kind}.created`,
      target: { kind: kind.kind, id: key.id },
      after: { prefix: key.prefix, name: 'Build', scopes: ['capture', 'read'], expires_at: key.expires_at },
    });
    expect(JSON.stringify([created, rotated])).not.toContain(key.api_key.slice(-40));
  });

  test('leaves one successor, however often it is asked for at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(kind, old.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404, 404, 404, 404, 404]);
  });

  test('wants a live key of the project', async () => {
    const foreign = await kind.make(service, other);
    const revoked = await kind.make(service, tenant);
    await kind.revoke(service, tenant.headers, revoked.id);
    const expired = await kind.make(service, tenant);
    await rotate(kind, expired.id).expect(201);
    for (const id of [randomUUID(), 'x', 5, [], {}, 'a\u0000', foreign.id, revoked.id, expired.id]) {
      const answer = await rotate(kind, id, { expires_in_seconds: 60 });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ status: 0, status_description: kind.notFound });
    }
    expect(await statusOf(kind, foreign.key)).toBe(200);
    service.clock.now = at(30 * daySeconds);
    expect((await rotate(kind, old.id)).status).toBe(404);
  });

  test.each([undefined, null, ' '])('wants an id (%j)', async (id) => {
    const answer = await rotate(kind, id);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: kind.idRequired });
  });

  test.each<[object, string, string]>([
    [{ expires_in_seconds: -1 }, 'expires_in_seconds', 'must be between 0 and 2592000'],
    [{ expires_in_seconds: overlapMax + 1 }, 'expires_in_seconds', 'must be between 0 and 2592000'],
    [{ expires_in_seconds: '60' }, 'expires_in_seconds', 'must be an integer'],
    [{ expires_in_seconds: 0.5 }, 'expires_in_seconds', 'must be an integer'],
    [{ validity: 301 }, 'validity', 'must be between 1 and 300'],
    [{ name: 5 }, 'name', 'must be a string'],
    [{ scopes: ['admin'] }, 'scopes', 'must be an array of one or more of capture, read, each once'],
  ])('refuses %j, and the old key stays', async (body, field, message) => {
    const answer = await rotate(kind, old.id, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      ...{ status: 0, status_description: 'invalid_request' },
      errors: [{ field, message }],
    });
    expect(await statusOf(kind, old.key)).toBe(200);
  });

  test('is for Admins of the project alone', async () => {
    service.clock.now = null;
    const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
    service.clock.now = start;
    const stranger = memberHeaders(other.admin, tenant.projectId);
    const forged = { ...tenant.headers, 'X-OTAS-USER-TOKEN': 'x' };
    const refusals: [Record<string, string>, number, string][] = [
      [{}, 400, 'missing_headers'],
      [{ [kind.header]: old.key }, 400, 'missing_headers'],
      [forged, 401, 'invalid_token'],
      [stranger, 403, 'user_project_mapping_invalid'],
      [member, 403, 'forbidden'],
    ];
    for (const [headers, status, code] of refusals) {
      const answer = await rotate(kind, old.id, {}, headers);
      expect([answer.status, answer.body.status_description]).toEqual([status, code]);
    }
    expect(await statusOf(kind, old.key)).toBe(200);
  });
});

test("an inactive agent's key is not rotated", async () => {
  const made = await agentKeyKind.make(service, tenant);
  const { body } = await service.http.get(paths.agents).set(tenant.headers);
  await deactivateAgent(service, body.response.agents[0].id);
  expect((await rotate(agentKeyKind, made.id)).status).toBe(404);
});
