import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  deactivateAgent,
  memberHeaders,
  paths,
  type Tenant,
  type TestAgent,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let agent: TestAgent;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  agent = await createAgent(service, tenant);
});
afterAll(() => service.close());

const post = (path: string, body: object, headers = tenant.headers) =>
  service.http.post(path).set(headers).send(body);
const verify = async (key: string): Promise<number> =>
  (await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key)).status;
const daysOf = (key: { created_at: string; expires_at: string }): number =>
  (Date.parse(key.expires_at) - Date.parse(key.created_at)) / 86_400_000;

describe.each([paths.createAgentKey, paths.addAgentKey])('%s', (path) => {
  test('takes a name, scopes and a validity', async () => {
    const options = { name: ' Build ', scopes: ['read'], validity: 300 };
    const answer = await post(path, { agent_id: agent.id, ...options });
    expect(answer.status).toBe(201);
    const key = answer.body.response.agent_key;
    expect([key.name, key.scopes, daysOf(key)]).toEqual(['Build', ['read'], 300]);
    const shown = await service.http.get(paths.agents).set(tenant.headers);
    expect(shown.body.response.agents[0].agent_keys[0]).toMatchObject({
      ...{ id: key.id, name: 'Build', scopes: ['read'], expires_at: key.expires_at },
    });
    expect((await readAudit(service, tenant.headers))[0]).toMatchObject({
      action: 'agent_key.created',
      target: { kind: 'agent_key', id: key.id },
      after: { agent_id: agent.id, name: 'Build', scopes: ['read'], expires_at: key.expires_at },
    });
  });

  test.each([{}, { name: null, scopes: null, validity: null }])(
    'makes a key of both scopes for 30 days from %j',
    async (options) => {
      const answer = await post(path, { agent_id: agent.id, ...options });
      const key = answer.body.response.agent_key;
      expect([key.name, key.scopes, daysOf(key)]).toEqual(['', ['capture', 'read'], 30]);
    },
  );

  test('has the scopes in one order, however they are sent', async () => {
    const answer = await post(path, { agent_id: agent.id, scopes: ['read', 'capture'] });
    expect(answer.body.response.agent_key.scopes).toEqual(['capture', 'read']);
  });

  const badScopes = 'must be an array of one or more of capture, read, each once';
  test.each<[object, string, string]>([
    [{ name: 5 }, 'name', 'must be a string'],
    [{ name: 'x'.repeat(256) }, 'name', 'must have at most 255 characters'],
    [{ name: 'a\u0000' }, 'name', 'must not hold U+0000 or half of a surrogate pair'],
    [{ scopes: [] }, 'scopes', badScopes],
    [{ scopes: 'read' }, 'scopes', badScopes],
    [{ scopes: {} }, 'scopes', badScopes],
    [{ scopes: ['read', 'read'] }, 'scopes', badScopes],
    [{ scopes: ['read', 'write'] }, 'scopes', badScopes],
    [{ scopes: [null] }, 'scopes', badScopes],
    [{ scopes: [['read']] }, 'scopes', badScopes],
    [{ validity: 0 }, 'validity', 'must be between 1 and 300'],
    [{ validity: 301 }, 'validity', 'must be between 1 and 300'],
    [{ validity: 1.5 }, 'validity', 'must be an integer'],
    [{ validity: '30' }, 'validity', 'must be an integer'],
    [{ validity: true }, 'validity', 'must be an integer'],
  ])('refuses %j, and no key ends', async (options, field, message) => {
    const answer = await post(path, { agent_id: agent.id, ...options });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      ...{ status: 0, status_description: 'invalid_request' },
      errors: [{ field, message }],
    });
    expect(await verify(agent.key)).toBe(200);
  });

  test('names every fault at once', async () => {
    const answer = await post(path, { agent_id: agent.id, name: 1, scopes: 1, validity: 'x' });
    expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      ...['name', 'scopes', 'validity'],
    ]);
  });
});

describe('one more key', () => {
  test('lives beside the others, each until it is revoked', async () => {
    const answer = await post(paths.addAgentKey, { agent_id: agent.id });
    expect(answer.body.status_description).toBe('agent_key_added');
    const { agent_id, agent_key: key } = answer.body.response;
    expect(agent_id).toBe(agent.id);
    expect(key.api_key).toMatch(new RegExp(`^agent_${key.prefix}_[A-Za-z0-9]{40}$`));
    expect([await verify(agent.key), await verify(key.api_key)]).toEqual([200, 200]);
    await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }).expect(200);
    expect([await verify(agent.key), await verify(key.api_key)]).toEqual([401, 200]);
  });

  test('ends with the others when a new key replaces all', async () => {
    const added = (await post(paths.addAgentKey, { agent_id: agent.id })).body.response.agent_key;
    await post(paths.createAgentKey, { agent_id: agent.id }).expect(201);
    expect([await verify(agent.key), await verify(added.api_key)]).toEqual([401, 401]);
  });

  test('is refused past 100 live keys, as is a rotation that would leave more, also when many ask at once', async () => {
    const keys = await Promise.all(
      Array.from({ length: 101 }, () => post(paths.addAgentKey, { agent_id: agent.id })),
    );
    const refused = keys.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body])).toEqual([
      [409, { status: 0, status_description: 'agent_key_limit_reached' }],
      [409, { status: 0, status_description: 'agent_key_limit_reached' }],
    ]);
    const rotation = { agent_key_id: agent.keyId };
    const overlapping = await post(paths.rotateAgentKey, { ...rotation, expires_in_seconds: 60 });
    expect([overlapping.status, overlapping.body.status_description]).toEqual([
      ...[409, 'agent_key_limit_reached'],
    ]);
    expect(await verify(agent.key)).toBe(200);
    const successor = await post(paths.rotateAgentKey, rotation).expect(201);
    await post(paths.revokeAgentKey, { agent_key_id: successor.body.response.agent_key.id }).expect(200);
    await post(paths.addAgentKey, { agent_id: agent.id }).expect(201);
  });

  test.each([{}, { agent_id: null }, { agent_id: ' ' }])('wants an agent (%j)', async (body) => {
    const answer = await post(paths.addAgentKey, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_id_required' });
  });

  test('is made for an active agent of the project alone', async () => {
    const other = await createAgent(service, await createTenant(service));
    const inactive = await createAgent(service, tenant);
    await deactivateAgent(service, inactive.id);
    for (const agent_id of [randomUUID(), 'x', 5, {}, 'a\u0000', other.id, inactive.id]) {
      const answer = await post(paths.addAgentKey, { agent_id });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ status: 0, status_description: 'agent_not_found_or_invalid_id' });
    }
  });

  test('is made by Admins of the project alone', async () => {
    const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
    const stranger = memberHeaders((await createTenant(service)).admin, tenant.projectId);
    const refusals: [Record<string, string>, number, string][] = [
      [{ 'X-OTAS-AGENT-KEY': agent.key }, 400, 'missing_headers'],
      [{ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'x' }, 401, 'invalid_token'],
      [stranger, 403, 'user_project_mapping_invalid'],
      [member, 403, 'forbidden'],
    ];
    for (const [headers, status, code] of refusals) {
      const answer = await post(paths.addAgentKey, { agent_id: agent.id }, headers);
      expect([answer.status, answer.body.status_description]).toEqual([status, code]);
    }
  });
});
