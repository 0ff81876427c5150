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
  type TestAgent,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let other: Tenant;
let agent: TestAgent;
beforeAll(async () => {
  service = await startTestService();
  other = await createTenant(service);
});
beforeEach(async () => {
  tenant = await createTenant(service);
  service.clock.now = start;
  agent = await createAgent(service, tenant);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const start = new Date('2026-05-01T00:00:00.000Z');
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

const list = (query: object = { agent_id: agent.id }, headers = tenant.headers) =>
  service.http.get(paths.agentKeys).set(headers).query(query);
const post = (path: string, body: object) => service.http.post(path).set(tenant.headers).send(body);
const add = async (body: object = {}) =>
  (await post(paths.addAgentKey, { agent_id: agent.id, ...body }).expect(201)).body.response.agent_key;

test('all keys of an agent are listed, newest first, with what became of them', async () => {
  const { api_key, ...revoked } = await add({ name: 'Build', scopes: ['read'] });
  service.clock.now = at(10);
  const used = await add();
  service.clock.now = at(20);
  await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', used.api_key).expect(200);
  await service.deps.agentKeyUses.flush();
  await post(paths.revokeAgentKey, { agent_key_id: revoked.id }).expect(200);
  await post(paths.rotateAgentKey, { agent_key_id: agent.keyId, expires_in_seconds: 5 }).expect(201);
  service.clock.now = at(25);
  const answer = await list();
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ status: 1, status_description: 'agent_keys_listed' });
  const { agent_id, agent_keys: keys, ...rest } = answer.body.response;
  expect([agent_id, rest]).toEqual([agent.id, {}]);
  expect(keys[2]).toEqual({
    ...revoked,
    ...{ active: false, revoked_at: '2026-05-01T00:00:20.000000+00:00', last_used_at: null },
  });
  expect(keys.map((key: Record<string, unknown>) => [key.id, key.active, key.last_used_at])).toEqual([
    [expect.any(String), true, null],
    [used.id, true, '2026-05-01T00:00:20.000000+00:00'],
    [revoked.id, false, null],
    [agent.keyId, false, null],
  ]);
  expect(keys[3]).toMatchObject({ expires_at: '2026-05-01T00:00:25.000000+00:00', revoked_at: null });
  for (const key of [api_key, used.api_key, agent.key]) expect(answer.text).not.toContain(key.slice(-40));
});

test('the pages hold every key once, also when many are of the same moment', async () => {
  for (let n = 0; n < 5; n++) await add();
  const whole = (await list()).body.response.agent_keys.map(({ id }: { id: string }) => id);
  expect(whole).toHaveLength(6);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await list({
      agent_id: agent.id,
      limit: 4,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...body.response.agent_keys.map(({ id }: { id: string }) => id));
    cursor = body.response.next_cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(whole);
});

test('a cursor is good for the list of its agent alone', async () => {
  await add();
  const { next_cursor: cursor } = (await list({ agent_id: agent.id, limit: 1 })).body.response;
  const sibling = await createAgent(service, tenant);
  for (const query of [
    { agent_id: sibling.id, cursor },
    { agent_id: agent.id, cursor: 'x' },
    { agent_id: agent.id, cursor: '' },
  ]) {
    const answer = await list(query);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'invalid_cursor' });
  }
});

test.each(['0', '501', '-1', '1.5', 'x', '', '1e2', '0500'])('a limit of %j is refused', async (limit) => {
  const answer = await list({ agent_id: agent.id, limit });
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({
    status: 0,
    status_description: 'invalid_request',
    errors: [{ field: 'limit', message: 'must be a whole number from 1 to 500' }],
  });
});

test('the keys of an inactive agent are listed, none as active', async () => {
  await deactivateAgent(service, agent.id);
  const { body } = await list({ agent_id: agent.id.toUpperCase(), limit: 500 });
  expect(body.response.agent_keys).toMatchObject([{ id: agent.keyId, active: false, revoked_at: null }]);
});

test('an expired key is no longer active', async () => {
  const key = await add({ validity: 1 });
  service.clock.now = at(86_400);
  expect((await list()).body.response.agent_keys[0]).toMatchObject({ id: key.id, active: false });
});

test.each([{}, { agent_id: '' }, { agent_id: ' ' }])('an agent is wanted (%j)', async (query) => {
  const answer = await list(query);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: 0, status_description: 'agent_id_required' });
});

test('only the agents of the project have a list', async () => {
  const foreign = await createAgent(service, other);
  for (const agent_id of [randomUUID(), 'x', foreign.id]) {
    const answer = await list({ agent_id });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ status: 0, status_description: 'agent_not_found_or_invalid_id' });
  }
});

test('only Admins of the project see it', async () => {
  service.clock.now = null;
  const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
  service.clock.now = start;
  const stranger = memberHeaders(other.admin, tenant.projectId);
  const refusals: [Record<string, string>, number, string][] = [
    [{ 'X-OTAS-AGENT-KEY': agent.key }, 400, 'missing_headers'],
    [{ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'x' }, 401, 'invalid_token'],
    [stranger, 403, 'user_project_mapping_invalid'],
    [member, 403, 'forbidden'],
  ];
  for (const [headers, status, code] of refusals) {
    const answer = await list({ agent_id: agent.id }, headers);
    expect([answer.status, answer.body.status_description]).toEqual([status, code]);
  }
});
