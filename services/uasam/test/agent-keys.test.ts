import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from './support/service';
import {
  createAgent,
  createSdkKey,
  createTenant,
  deactivateAgent,
  deactivateProject,
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

const createKey = (body: object, headers = tenant.headers) =>
  service.http.post(paths.createAgentKey).set(headers).send(body);
const revokeKey = (body: object, headers = tenant.headers) =>
  service.http.post(paths.revokeAgentKey).set(headers).send(body);
const verify = (key: string) => service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key);

async function expectInvalidKey(key: string): Promise<void> {
  for (const path of [paths.agentKey, paths.createSession]) {
    const answer = await service.http.post(path).set('X-OTAS-AGENT-KEY', key);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ status: 0, status_description: 'invalid_agent_key' });
  }
}

describe('an agent key', () => {
  test('says which agent of which project it is', async () => {
    const agent = await createAgent(service, tenant);
    const answer = await verify(agent.key);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'authenticated',
      response: {
        project_id: tenant.projectId,
        agent: { id: agent.id, name: 'Scout', provider: 'acme' },
      },
    });
  });

  test('is not valid when it is missing, malformed, unknown, or has a wrong secret', async () => {
    const { key } = await createAgent(service, tenant);
    const sdkKey = await createSdkKey(service, tenant);
    const wrong = ['', 'x', 'agent_', 'agent_a_', 'agent_a_b_c', 'agent_abcdefghijkl_abc', sdkKey.key];
    for (const one of [...wrong, `${key}x`, key.slice(0, -1), key.toUpperCase(), ` ${key} x`]) {
      await expectInvalidKey(one);
    }
  });

  test('ends when it is revoked, once and for all', async () => {
    const { key, keyId } = await createAgent(service, tenant);
    for (const sent of [keyId, keyId.toUpperCase().replaceAll('-', '')]) {
      const answer = await revokeKey({ agent_key_id: sent });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        status: 1,
        status_description: 'agent_key_revoked',
        response: { id: keyId },
      });
    }
    await expectInvalidKey(key);
  });

  test('ends after 30 days', async () => {
    service.clock.now = new Date('2026-05-01T00:00:00.000Z');
    const { key } = await createAgent(service, tenant);
    service.clock.now = new Date('2026-05-30T23:59:59.999Z');
    await verify(key).expect(200);
    service.clock.now = new Date('2026-05-31T00:00:00.000Z');
    await expectInvalidKey(key);
  });

  test('is not valid when the agent is inactive', async () => {
    const agent = await createAgent(service, tenant);
    await deactivateAgent(service, agent.id);
    await expectInvalidKey(agent.key);
  });

  test('is not valid when the project is inactive', async () => {
    const { key } = await createAgent(service, tenant);
    await deactivateProject(service, tenant.projectId);
    await expectInvalidKey(key);
  });
});

describe('a new agent key', () => {
  test('ends the earlier ones of the agent, and no others', async () => {
    const agent = await createAgent(service, tenant);
    const bystander = await createAgent(service, tenant);
    const answer = await createKey({ agent_id: agent.id.toUpperCase() });
    expect(answer.status).toBe(201);
    const key = answer.body.response.agent_key;
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'agent_key_created',
      response: {
        agent_id: agent.id,
        agent_key: {
          id: expect.any(String),
          prefix: expect.any(String),
          api_key: expect.stringContaining(`agent_${key.prefix}_`),
          created_at: expect.any(String),
          expires_at: expect.any(String),
          active: true,
          name: '',
          scopes: ['capture', 'read'],
        },
      },
    });
    await expectInvalidKey(agent.key);
    await verify(key.api_key).expect(200);
    await verify(bystander.key).expect(200);
  });

  test('is the only valid one, however many are made at the same time', async () => {
    const agent = await createAgent(service, tenant);
    const answers = await Promise.all(Array.from({ length: 12 }, () => createKey({ agent_id: agent.id })));
    const keys = answers.map((answer) => answer.body.response.agent_key.api_key);
    const statuses = await Promise.all([agent.key, ...keys].map(async (key) => (await verify(key)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test.each([{}, { agent_id: null }, { agent_id: '' }])('wants an agent (%j)', async (body) => {
    const answer = await createKey(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_id_required' });
  });

  test('is made for an active agent of the project alone', async () => {
    const other = await createAgent(service, await createTenant(service));
    const inactive = await createAgent(service, tenant);
    await deactivateAgent(service, inactive.id);
    for (const agent_id of [randomUUID(), 'x', 5, {}, 'a\u0000', other.id, inactive.id]) {
      const answer = await createKey({ agent_id });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ status: 0, status_description: 'agent_not_found_or_invalid_id' });
    }
    await verify(other.key).expect(200);
  });
});

test("the revocation of an agent key wants an id of the project's own", async () => {
  for (const body of [{}, { agent_key_id: null }, { agent_key_id: ' ' }]) {
    const answer = await revokeKey(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_key_id_required' });
  }
  const other = await createAgent(service, await createTenant(service));
  for (const agent_key_id of [randomUUID(), 'x', 5, [], other.keyId]) {
    const answer = await revokeKey({ agent_key_id });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_key_not_found' });
  }
  await verify(other.key).expect(200);
});
