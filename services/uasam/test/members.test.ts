import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { membersClient } from './support/members';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  createUser,
  invite,
  memberHeaders,
  paths,
  type Tenant,
  type TestUser,
  userHeaders,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const { post, accept, headersOf, list } = membersClient(
  () => service,
  () => tenant,
);

test('members are listed for members, invitations for Admins alone', async () => {
  const member = await addMember(service, tenant);
  await invite(service, tenant, 'x@example.com');
  const shown = await list();
  expect(shown.members).toEqual([
    {
      user_id: tenant.admin.id,
      first_name: 'Ada',
      last_name: 'Lovelace',
      email: tenant.admin.email,
      privilege: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    },
    expect.objectContaining({ user_id: member.id, privilege: 2 }),
  ]);
  expect(shown.invitations).toEqual([expect.objectContaining({ email: 'x@example.com', privilege: 2 })]);
  expect(await list(headersOf(member))).toEqual({ members: shown.members });
});

test('what changes members is for Admins, but that a Member may leave', async () => {
  const member = await addMember(service, tenant);
  const stranger = await createUser(service);
  const requests: [string, object][] = [
    [paths.invite, { email: 'x@example.com' }],
    [paths.revokeInvitation, { invitation_id: randomUUID() }],
    [paths.memberPrivilege, { user_id: member.id, privilege: 1 }],
    [paths.removeMember, { user_id: tenant.admin.id }],
    [paths.removeMember, { user_id: randomUUID() }],
    [paths.removeMember, { user_id: 'x' }],
  ];
  for (const [path, body] of requests) {
    expect(await outcome(post(path, body, headersOf(member)))).toBe('403 forbidden');
    expect(await outcome(post(path, body, headersOf(stranger)))).toBe('403 user_project_mapping_invalid');
    expect(await outcome(post(path, body, {}))).toBe('400 missing_headers');
  }
  expect(await outcome(post(paths.acceptInvitation, { token: 'x' }, {}))).toBe('400 missing_token');
  for (const path of [paths.revokeInvitation, paths.memberPrivilege, paths.removeMember]) {
    expect(await outcome(post(path, {}))).toBe('400 invalid_request');
  }
  await post(paths.removeMember, { user_id: member.id }, headersOf(member)).expect(200);
  expect((await list()).members).toHaveLength(1);
});

test('a privilege that was changed holds from the next request on', async () => {
  const member = await addMember(service, tenant);
  const create = () => outcome(post(paths.createSdkKey, { validity: 1 }, headersOf(member)));
  const change = (privilege: number) => post(paths.memberPrivilege, { user_id: member.id, privilege });
  expect(await create()).toBe('403 forbidden');
  await change(1).expect(200, {
    status: 1,
    status_description: 'member_privilege_changed',
    response_body: { user_id: member.id, privilege: 1 },
  });
  expect(await create()).toBe('201 backend_sdk_key_created');
  await change(2).expect(200);
  expect(await create()).toBe('403 forbidden');
  await change(2).expect(200);
  const rows = await readAudit(service, tenant.headers, { action: 'member.privilege_changed' });
  expect(rows.map(({ before, after }) => [before, after])).toEqual([
    [{ privilege: 1 }, { privilege: 2 }],
    [{ privilege: 2 }, { privilege: 1 }],
  ]);
});

test('a member who was removed loses every access at once, and can be invited again', async () => {
  const member = await addMember(service, tenant, 1);
  const agent = await createAgent(service, tenant);
  const headers = headersOf(member);
  const agentRef = `agt_${agent.id}`;
  const access = async () =>
    (await service.http.get('/api/agent/v1/access/').set(userHeaders(member)).query({ agent_ref: agentRef }))
      .status;
  expect(await access()).toBe(200);
  await post(paths.removeMember, { user_id: member.id }).expect(200);
  expect(await access()).toBe(403);
  for (const path of [paths.members, paths.agents, paths.sdkKeys, '/api/project/v1/audit/']) {
    await service.http.get(path).set(headers).expect(403);
  }
  for (const path of [paths.createAgent, paths.invite, paths.removeMember, paths.memberPrivilege]) {
    expect(await outcome(post(path, {}, headers))).toBe('403 user_project_mapping_invalid');
  }
  const projects = await service.http.get(paths.projects).set(userHeaders(member));
  expect(projects.body.response_body.projects).toEqual([]);
  await accept(member, await invite(service, tenant, member.email, 2)).expect(200);
  expect(await access()).toBe(200);
  expect(await outcome(post(paths.createSdkKey, { validity: 1 }, headers))).toBe('403 forbidden');
});

test('nobody is found who is no active member of the project', async () => {
  const foreign = (await createTenant(service)).admin;
  const removed = await addMember(service, tenant);
  await post(paths.removeMember, { user_id: removed.id }).expect(200);
  for (const user_id of [foreign.id, removed.id, randomUUID(), 'x', 5, {}]) {
    for (const path of [paths.memberPrivilege, paths.removeMember]) {
      expect(await outcome(post(path, { user_id, privilege: 1 }))).toBe('404 member_not_found');
    }
  }
});

describe('the last Admin', () => {
  const admins = async (): Promise<number> => {
    const where = { projectId: tenant.projectId, isActive: true, privilege: 1 };
    return service.deps.database.prisma.projectMember.count({ where });
  };

  test('can be neither removed nor demoted, also by himself', async () => {
    await addMember(service, tenant);
    const user_id = tenant.admin.id;
    expect(await outcome(post(paths.removeMember, { user_id }))).toBe('409 last_admin');
    expect(await outcome(post(paths.memberPrivilege, { user_id, privilege: 2 }))).toBe('409 last_admin');
    await post(paths.memberPrivilege, { user_id, privilege: 1 }).expect(200);
    expect(await admins()).toBe(1);
  });

  test.each([
    ['remove each other', paths.removeMember],
    ['demote each other', paths.memberPrivilege],
  ])('stays, however many Admins %s at the same time', async (_, path) => {
    const others = [];
    for (let round = 0; round < 5; round++) others.push(await addMember(service, tenant, 1));
    const all = [tenant.admin, ...others];
    const outcomes = await Promise.all(
      all.flatMap((by) =>
        all.map((user) => outcome(post(path, { user_id: user.id, privilege: 2 }, headersOf(by)))),
      ),
    );
    expect(await admins()).toBe(1);
    expect(outcomes.filter((one) => one.startsWith('200')).length).toBeGreaterThanOrEqual(5);
    const known = /^(200|403 (forbidden|user_project_mapping_invalid)|404 member_not_found|409 last_admin)/;
    for (const one of outcomes) expect(one).toMatch(known);
  });

  test('stays when two Admins leave at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const other = await createTenant(service);
      const second = await addMember(service, other, 1);
      const leave = (user: TestUser) =>
        outcome(post(paths.removeMember, { user_id: user.id }, memberHeaders(user, other.projectId)));
      const outcomes = await Promise.all([leave(other.admin), leave(second)]);
      expect(outcomes.sort()).toEqual(['200 member_removed', '409 last_admin']);
    }
  });
});
