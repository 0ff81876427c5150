import { randomUUID } from 'node:crypto';
import { auditPath, readAudit } from './support/audit';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  memberHeaders,
  paths,
  type Tenant,
  type TestAgent,
  userHeaders,
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

const post = (path: string, body: object, headers: Record<string, string> = tenant.headers) =>
  service.http.post(path).set(headers).send(body);
const get = (path: string, headers: Record<string, string>) => service.http.get(path).set(headers);

describe('updating a project', () => {
  test('changes what is given and leaves the rest, with POST and with PUT', async () => {
    await post(paths.updateProject, {
      project_description: 'Punched cards',
      project_domain: 'a.example.com',
    });
    const put = service.http.put(paths.updateProject).set(tenant.headers);
    const answer = await put.send({ project_name: ' Difference Engine ', project_domain: '' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'project_updated',
      response_body: {
        project: {
          id: tenant.projectId,
          name: 'Difference Engine',
          description: 'Punched cards',
          domain: '',
          created_at: expect.any(String),
          updated_at: expect.any(String),
          is_active: true,
          created_by: tenant.admin.id,
          retention_days: null,
          privilege: 1,
        },
      },
    });
    const list = await get(paths.projects, userHeaders(tenant.admin));
    expect(list.body.response_body.projects).toEqual([answer.body.response_body.project]);
    const rows = await readAudit(service, tenant.headers, { action: 'project.updated' });
    expect(rows.map(({ before, after }) => [before, after])).toEqual([
      [
        { name: 'Engine', domain: 'a.example.com' },
        { name: 'Difference Engine', domain: '' },
      ],
      [
        { description: '', domain: '' },
        { description: 'Punched cards', domain: 'a.example.com' },
      ],
    ]);
  });

  test('to what it is already leaves no row', async () => {
    await post(paths.updateProject, { project_name: 'Engine' }).expect(200);
    expect(await readAudit(service, tenant.headers, { action: 'project.updated' })).toEqual([]);
  });

  test.each<[object, string[]]>([
    [{}, ['project_name, project_description or project_domain is required']],
    [{ project_name: null }, ['project_name, project_description or project_domain is required']],
    [{ project_name: ' ' }, ['project_name is required']],
    [
      { project_name: 5, project_description: 'x'.repeat(301), project_domain: 'a b' },
      [
        'project_name must be a string',
        'project_description max 300 characters',
        'project_domain must be a URL',
      ],
    ],
  ])('with %j is refused', async (body, errors) => {
    const answer = await post(paths.updateProject, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'project_update_failed', errors });
  });
});

describe('updating an agent', () => {
  test('changes what is given and leaves the rest', async () => {
    const body = { agent_id: agent.id.toUpperCase(), agent_name: 'Ranger', agent_description: 'far off' };
    const answer = await post(paths.updateAgent, body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'agent_updated',
      response: {
        agent: {
          id: agent.id,
          name: 'Ranger',
          description: 'far off',
          provider: 'acme',
          project_id: tenant.projectId,
          created_by: tenant.admin.id,
          created_at: expect.any(String),
          agent_ref: `agt_${agent.id}`,
          is_active: true,
        },
      },
    });
    const verified = await post(paths.agentKey, {}, { 'X-OTAS-AGENT-KEY': agent.key });
    expect(verified.body.response.agent.name).toBe('Ranger');
    const [row] = await readAudit(service, tenant.headers);
    expect(row).toMatchObject({
      action: 'agent.updated',
      target: { kind: 'agent', id: agent.id },
      before: { name: 'Scout', description: '' },
      after: { name: 'Ranger', description: 'far off' },
    });
  });

  test.each<[object, string[]]>([
    [{}, ['agent_name, agent_provider or agent_description is required']],
    [{ agent_name: '', agent_provider: 5 }, ['agent_name is required', 'agent_provider must be a string']],
    [{ agent_description: 'x'.repeat(10_001) }, ['agent_description too long (max 10000)']],
  ])('with %j is refused', async (fields, errors) => {
    const answer = await post(paths.updateAgent, { agent_id: agent.id, ...fields });
    expect(answer.status).toBe(400);
    expect(answer.body.status_description).toBe('agent_update_failed');
    expect(answer.body.errors).toEqual(expect.arrayContaining(errors));
  });
});

test("what changes agents wants an agent of the project's own", async () => {
  const other = await createAgent(service, await createTenant(service));
  for (const path of [paths.updateAgent, paths.deactivateAgent, paths.reactivateAgent]) {
    expect(await outcome(post(path, {}))).toBe('400 agent_id_required');
    for (const agent_id of [other.id, randomUUID(), 'x', 5, {}]) {
      expect(await outcome(post(path, { agent_id, agent_name: 'x' }))).toBe('404 agent_not_found');
    }
  }
  await post(paths.agentKey, {}, { 'X-OTAS-AGENT-KEY': other.key }).expect(200);
});

test('changes are for Admins', async () => {
  const member = await addMember(service, tenant);
  const stranger = (await createTenant(service)).admin;
  const body = { agent_id: agent.id, agent_name: 'x', project_name: 'x' };
  const project = [paths.updateProject, paths.deactivateProject, paths.reactivateProject];
  for (const path of [...project, paths.updateAgent, paths.deactivateAgent, paths.reactivateAgent]) {
    expect(await outcome(post(path, body, {}))).toBe('400 missing_headers');
    expect(await outcome(post(path, body, memberHeaders(member, tenant.projectId)))).toBe('403 forbidden');
    const theirs = memberHeaders(stranger, tenant.projectId);
    expect(await outcome(post(path, body, theirs))).toBe('403 user_project_mapping_invalid');
  }
});

/** Every lookup with which Brain asks about an agent, and every use of its key. */
async function lookups(sdkKey: string): Promise<Record<string, string>> {
  const key = { 'X-OTAS-AGENT-KEY': agent.key };
  const ref = `?agent_ref=agt_${agent.id}`;
  const access = '/api/agent/v1/access/';
  return {
    verify: await outcome(post(paths.agentKey, {}, key)),
    session: await outcome(post(paths.createSession, {}, key)),
    reader: await outcome(post(paths.agent, {}, { ...tenant.headers, 'X-OTAS-AGENT-ID': agent.id })),
    sessions: await outcome(get(`${paths.sessions}?agent_id=${agent.id}`, tenant.headers)),
    byAgentKey: await outcome(get(`${access}${ref}`, key)),
    bySdkKey: await outcome(get(`${access}${ref}`, { 'X-OTAS-SDK-KEY': sdkKey })),
    byUser: await outcome(get(`${access}${ref}`, userHeaders(tenant.admin))),
    sdkKey: await outcome(post(paths.sdkKey, {}, { 'X-OTAS-SDK-KEY': sdkKey })),
  };
}

const allGood = {
  verify: '200 authenticated',
  session: '200 agent_session_created',
  reader: '200 authenticated',
  sessions: '200 agent_sessions_listed',
  byAgentKey: '200 access_resolved',
  bySdkKey: '200 access_resolved',
  byUser: '200 access_resolved',
  sdkKey: '200 authenticated',
};

test('a deactivated agent is refused by every lookup from the next request on, until it is reactivated', async () => {
  const { key: sdkKey } = await createSdkKey(service, tenant);
  const sibling = await createAgent(service, tenant);
  expect(await lookups(sdkKey)).toEqual(allGood);
  const answer = await post(paths.deactivateAgent, { agent_id: agent.id });
  expect([answer.status, answer.body.status_description]).toEqual([200, 'agent_deactivated']);
  expect(answer.body.response.agent).toMatchObject({ id: agent.id, is_active: false });
  expect(await lookups(sdkKey)).toEqual({
    verify: '401 invalid_agent_key',
    session: '401 invalid_agent_key',
    reader: '404 agent_not_found',
    sessions: '403 agent_not_found_or_no_access',
    byAgentKey: '401 unauthorized',
    bySdkKey: '404 agent_not_found',
    byUser: '404 agent_not_found',
    sdkKey: '200 authenticated',
  });
  const newKey = post(paths.createAgentKey, { agent_id: agent.id });
  expect(await outcome(newKey)).toBe('404 agent_not_found_or_invalid_id');
  await post(paths.agentKey, {}, { 'X-OTAS-AGENT-KEY': sibling.key }).expect(200);

  const listed = async (query: object) => {
    const list = await get(paths.agents, tenant.headers).query(query);
    return list.body.response.agents.map((one: { id: string; is_active: boolean }) => [
      one.id,
      one.is_active,
    ]);
  };
  expect(await listed({})).toEqual([[sibling.id, true]]);
  expect(await listed({ include_inactive: 1 })).toEqual([
    [sibling.id, true],
    [agent.id, false],
  ]);

  await post(paths.deactivateAgent, { agent_id: agent.id }).expect(200);
  expect(await outcome(post(paths.reactivateAgent, { agent_id: agent.id }))).toBe('200 agent_reactivated');
  expect(await lookups(sdkKey)).toEqual(allGood);
  const rows = await readAudit(service, tenant.headers, { target_id: agent.id });
  expect(rows.map((row) => row.action)).toEqual(['agent.reactivated', 'agent.deactivated', 'agent.created']);
});

test('a key that was revoked while its agent was inactive stays so', async () => {
  await post(paths.deactivateAgent, { agent_id: agent.id }).expect(200);
  await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }).expect(200);
  await post(paths.reactivateAgent, { agent_id: agent.id }).expect(200);
  await post(paths.agentKey, {}, { 'X-OTAS-AGENT-KEY': agent.key }).expect(401);
});

test('a deactivated project is refused by every lookup from the next request on, until it is reactivated', async () => {
  const { key: sdkKey } = await createSdkKey(service, tenant);
  const answer = await post(paths.deactivateProject, {});
  expect([answer.status, answer.body.status_description]).toEqual([200, 'project_deactivated']);
  expect(answer.body.response_body.project).toMatchObject({ id: tenant.projectId, is_active: false });
  expect(await lookups(sdkKey)).toEqual({
    verify: '401 invalid_agent_key',
    session: '401 invalid_agent_key',
    reader: '403 user_project_mapping_invalid',
    sessions: '403 user_project_mapping_invalid',
    byAgentKey: '401 unauthorized',
    bySdkKey: '401 unauthorized',
    byUser: '404 agent_not_found',
    sdkKey: '403 invalid_sdk_key',
  });
  const refused = '403 user_project_mapping_invalid';
  for (const path of [paths.updateProject, paths.createAgent, paths.invite, paths.deactivateAgent]) {
    expect(await outcome(post(path, {}))).toBe(refused);
  }
  expect(await outcome(get(paths.members, tenant.headers))).toBe(refused);
  const [row] = await readAudit(service, tenant.headers);
  expect(row).toMatchObject({ action: 'project.deactivated', before: { is_active: true } });
  await get(`${auditPath}verify/`, tenant.headers).expect(200);

  await post(paths.deactivateProject, {}).expect(200);
  expect(await outcome(post(paths.reactivateProject, {}))).toBe('200 project_reactivated');
  expect(await lookups(sdkKey)).toEqual(allGood);
  const rows = await readAudit(service, tenant.headers, { target_id: tenant.projectId });
  expect(rows.map((one) => one.action)).toEqual([
    'project.reactivated',
    'project.deactivated',
    'project.created',
  ]);
});

test('only an Admin of an inactive project reads its log and switches it on again', async () => {
  const member = await addMember(service, tenant);
  const removed = await addMember(service, tenant, 1);
  await post(paths.removeMember, { user_id: removed.id }).expect(200);
  await post(paths.deactivateProject, {}).expect(200);
  for (const [user, expected] of [
    [member, '403 forbidden'],
    [removed, '403 user_project_mapping_invalid'],
  ] as const) {
    const headers = memberHeaders(user, tenant.projectId);
    expect(await outcome(post(paths.reactivateProject, {}, headers))).toBe(expected);
    expect(await outcome(get(auditPath, headers))).toBe(expected);
  }
});
