import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  deactivateAgent,
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

const create = (body: string | object) =>
  service.http.post(paths.createAgent).set(tenant.headers).type('application/json').send(body);
const createKey = (body: object, headers = tenant.headers) =>
  service.http.post(paths.createAgentKey).set(headers).send(body);
const revokeKey = (body: object, headers = tenant.headers) =>
  service.http.post(paths.revokeAgentKey).set(headers).send(body);
const verify = (key: string) => service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key);
const list = (headers = tenant.headers) => service.http.get(paths.agents).set(headers);

test('an agent comes with a key of 30 days, shown once', async () => {
  const answer = await create({
    agent_name: ' Scout ',
    agent_provider: ' acme ',
    agent_description: ' finds ',
  });
  expect(answer.status).toBe(201);
  expect(answer.body.status_description).toBe('agent_created');
  const { agent, agent_key: key } = answer.body.response;
  expect(agent).toEqual({
    id: expect.any(String),
    name: 'Scout',
    description: 'finds',
    provider: 'acme',
    project_id: tenant.projectId,
    created_by: tenant.admin.id,
    created_at: expect.any(String),
    agent_ref: `agt_${agent.id}`,
  });
  expect(key).toEqual({
    id: expect.any(String),
    prefix: expect.stringMatching(/^[A-Za-z0-9]{12}$/),
    api_key: expect.stringMatching(new RegExp(`^agent_${key.prefix}_[A-Za-z0-9]{40}$`)),
    agent_id: agent.id,
    created_at: agent.created_at,
    expires_at: expect.any(String),
    active: true,
    name: '',
    scopes: ['capture', 'read'],
  });
  expect(Date.parse(key.expires_at) - Date.parse(key.created_at)).toBe(30 * 24 * 60 * 60 * 1000);

  const { body, text } = await list();
  expect(body).toEqual({
    status: 1,
    status_description: 'agents_listed',
    response: {
      project_id: tenant.projectId,
      agents: [
        {
          id: agent.id,
          name: 'Scout',
          description: 'finds',
          provider: 'acme',
          created_at: agent.created_at,
          created_by: tenant.admin.id,
          is_active: true,
          agent_ref: `agt_${agent.id}`,
          agent_keys: [
            {
              id: key.id,
              prefix: key.prefix,
              name: '',
              created_at: key.created_at,
              expires_at: key.expires_at,
              active: true,
              scopes: ['capture', 'read'],
            },
          ],
        },
      ],
    },
  });
  expect(text).not.toContain(key.api_key.slice(-40));
});

test.each<[string | object, string[]]>([
  [{}, ['agent_name is required', 'agent_provider is required']],
  [{ agent_name: ' ', agent_provider: 'x' }, ['agent_name is required']],
  [{ agent_name: 'x', agent_provider: null }, ['agent_provider is required']],
  [{ agent_name: 5, agent_provider: {} }, ['agent_name must be a string', 'agent_provider must be a string']],
  [{ agent_name: 'x', agent_provider: 'x', agent_description: 5 }, ['agent_description must be a string']],
  [{ agent_name: 'x'.repeat(256), agent_provider: 'x' }, ['agent_name too long (max 255)']],
  [
    { agent_name: 'a\u0000', agent_provider: '\ud800' },
    [
      'agent_name must not hold U+0000 or half of a surrogate pair',
      'agent_provider must not hold U+0000 or half of a surrogate pair',
    ],
  ],
  ['{', ['the body must be a JSON object']],
  ['null', ['the body must be a JSON object']],
])('creation refuses %j', async (body, errors) => {
  const answer = await create(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: 0, status_description: 'agent_creation_failed', errors });
});

test('the list holds the active agents of the project with their valid keys, newest first', async () => {
  await createAgent(service, await createTenant(service));
  service.clock.now = new Date('2026-05-01T00:00:00.000Z');
  const first = await createAgent(service, tenant);
  const second = await createAgent(service, tenant);
  service.clock.now = new Date('2026-05-30T00:00:00.000Z');
  const third = await createAgent(service, tenant);
  const inactive = await createAgent(service, tenant);
  await deactivateAgent(service, inactive.id);
  await revokeKey({ agent_key_id: third.keyId }).expect(200);
  const shown = async () =>
    (await list()).body.response.agents.map((agent: { id: string; agent_keys: { id: string }[] }) => [
      agent.id,
      ...agent.agent_keys.map((key) => key.id),
    ]);
  expect(await shown()).toEqual([[third.id], [second.id, second.keyId], [first.id, first.keyId]]);
  service.clock.now = new Date('2026-05-31T00:00:00.000Z');
  expect(await shown()).toEqual([[third.id], [second.id], [first.id]]);
});

test('a Member lists agents, but makes neither agents nor keys, nor ends them', async () => {
  const agent = await createAgent(service, tenant);
  const headers = memberHeaders(await addMember(service, tenant), tenant.projectId);
  const requests = [
    service.http.post(paths.createAgent).set(headers).send('{'),
    createKey({ agent_id: agent.id }, headers),
    revokeKey({ agent_key_id: agent.keyId }, headers),
  ];
  for (const request of requests) {
    const answer = await request;
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({ status: 0, status_description: 'forbidden' });
  }
  expect((await list(headers)).body.response.agents).toHaveLength(1);
  await verify(agent.key).expect(200);
});

test('a user is shown an agent of the project by its id', async () => {
  const agent = await createAgent(service, tenant);
  const inactive = await createAgent(service, tenant);
  await deactivateAgent(service, inactive.id);
  const other = await createAgent(service, await createTenant(service));
  const authenticate = (id: string, headers = tenant.headers) =>
    service.http.post(paths.agent).set({ ...headers, 'X-OTAS-AGENT-ID': id });

  for (const id of [agent.id, agent.id.toUpperCase(), agent.id.replaceAll('-', '')]) {
    const answer = await authenticate(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'authenticated',
      agent: { id: agent.id, name: 'Scout', project_id: tenant.projectId },
    });
  }
  for (const id of [randomUUID(), 'x', other.id, inactive.id]) {
    const answer = await authenticate(id);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_not_found' });
  }
  const missing = await authenticate('');
  expect(missing.status).toBe(400);
  expect(missing.body).toEqual({ status: 0, status_description: 'missing_agent_id' });
  const anonymous = await authenticate(agent.id, {});
  expect(anonymous.body).toEqual({ status: 0, status_description: 'missing_headers' });
});
