import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  createUser,
  deactivateProject,
  invite,
  memberHeaders,
  newUserBody,
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
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const post = (path: string, body: object, headers = tenant.headers) =>
  service.http.post(path).set(headers).send(body);
const accept = (user: TestUser, token: unknown) => post(paths.acceptInvitation, { token }, userHeaders(user));
const headersOf = (user: TestUser) => memberHeaders(user, tenant.projectId);
const list = async (headers = tenant.headers) =>
  (await service.http.get(paths.members).set(headers).expect(200)).body.response_body;
const outcome = async (request: ReturnType<typeof post>): Promise<string> => {
  const { status, body } = await request;
  return `${status} ${body.status_description}`;
};

describe('an invitation', () => {
  test('is answered with a token, and kept without it', async () => {
    service.clock.now = new Date('2026-05-01T12:00:00.000Z');
    const answer = await post(paths.invite, { email: ' New@Example.com ' });
    service.clock.now = null;
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'member_invited',
      response_body: {
        invitation: {
          id: expect.any(String),
          email: 'new@example.com',
          privilege: 2,
          invited_by: tenant.admin.id,
          created_at: '2026-05-01T12:00:00.000000+00:00',
          expires_at: '2026-05-08T12:00:00.000000+00:00',
        },
        token: expect.stringMatching(/^invite_[A-Za-z0-9]{12}_[A-Za-z0-9]{40}$/),
      },
    });
    const secret = answer.body.response_body.token.split('_')[2];
    const rows = await service.deps.database.prisma.projectInvitation.findMany({
      where: { projectId: tenant.projectId },
    });
    const log = await readAudit(service, tenant.headers, { action: 'invitation.created' });
    expect([rows.length, log.length]).toEqual([1, 1]);
    expect(JSON.stringify([rows, log])).not.toContain(secret);
  });

  test('is answered in the same way whether its e-mail has a user or not', async () => {
    const user = await createUser(service);
    const known = await post(paths.invite, { email: user.email });
    const unknown = await post(paths.invite, { email: `${randomUUID()}@example.com` });
    const shape = ({ status, body }: typeof known) => [
      status,
      body.status_description,
      Object.keys(body.response_body),
      Object.keys(body.response_body.invitation),
    ];
    expect(shape(known)).toEqual(shape(unknown));
  });

  test('makes who accepts it a member, with the privilege that it gives, once', async () => {
    const token = await invite(service, tenant, 'later@example.com', 1);
    const body = { ...newUserBody(), email: 'LATER@example.com' };
    const answer = await post(paths.signUp, body, {});
    const { user, jwt_token } = answer.body.response_body;
    const later = { id: user.id, email: user.email, password: '', token: jwt_token };
    const accepted = await accept(later, token);
    expect(accepted.status).toBe(200);
    expect(accepted.body).toEqual({
      status: 1,
      status_description: 'invitation_accepted',
      response_body: { project_id: tenant.projectId, privilege: 1 },
    });
    await post(paths.createSdkKey, { validity: 1 }, headersOf(later)).expect(201);
    expect(await outcome(accept(later, token))).toBe('404 invitation_not_found');
    expect((await list()).invitations).toEqual([]);
    const [row] = await readAudit(service, tenant.headers, { action: 'member.joined' });
    expect(row).toMatchObject({ principal: { id: later.id }, target: { kind: 'member', id: later.id } });
  });

  test('is accepted once by twenty requests at the same time', async () => {
    const user = await createUser(service);
    const token = await invite(service, tenant, user.email);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(accept(user, token))));
    expect(outcomes.filter((one) => one === '200 invitation_accepted')).toHaveLength(1);
    expect(outcomes.filter((one) => one === '404 invitation_not_found')).toHaveLength(19);
  });

  test('is not accepted by another user, after 7 days, after a newer one, revoked, or to an inactive project', async () => {
    const [user, other] = [await createUser(service), await createUser(service)];
    const refused = async (who: TestUser, token: unknown) =>
      expect(await outcome(accept(who, token))).toBe('404 invitation_not_found');
    const first = await invite(service, tenant, user.email);
    const second = await invite(service, tenant, user.email);
    await refused(user, first);
    await refused(other, second);
    await refused(user, `${second.slice(0, -1)}${second.endsWith('x') ? 'y' : 'x'}`);
    for (const token of ['x', 5, {}, second.replace('invite_', 'agent_'), 'invite_a_\u0000']) {
      await refused(user, token);
    }
    const { expires_at } = (await list()).invitations[0];
    service.clock.now = new Date(expires_at);
    await refused(user, second);
    expect((await list()).invitations).toEqual([]);
    service.clock.now = null;
    const { id } = (await list()).invitations[0];
    await post(paths.revokeInvitation, { invitation_id: id }).expect(200, {
      status: 1,
      status_description: 'invitation_revoked',
      response_body: { id },
    });
    await refused(user, second);
    const third = await invite(service, tenant, user.email);
    await deactivateProject(service, tenant.projectId);
    await refused(user, third);
  });

  test('of somebody who is a member is refused', async () => {
    const member = await addMember(service, tenant);
    expect(await outcome(post(paths.invite, { email: member.email }))).toBe('409 already_a_member');
  });

  test.each([
    [{}, ['email']],
    [{ email: 5 }, ['email']],
    [{ email: 'a@b@c' }, ['email']],
    [{ email: 'a\u0000@example.com' }, ['email']],
    [{ email: 'x', privilege: 0 }, ['email', 'privilege']],
    [{ email: 'a@example.com', privilege: '1' }, ['privilege']],
    [{ email: 'a@example.com', privilege: 3 }, ['privilege']],
  ])('with %j is refused', async (body, fields) => {
    const answer = await post(paths.invite, body);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toEqual(fields);
  });

  test('of another project is not there to revoke', async () => {
    const other = await createTenant(service);
    await invite(service, other, 'x@example.com');
    const { id } = (await list(other.headers)).invitations[0];
    for (const invitation_id of [id, randomUUID(), 'x', 5]) {
      const request = post(paths.revokeInvitation, { invitation_id });
      expect(await outcome(request)).toBe('404 invitation_not_found');
    }
    expect((await list(other.headers)).invitations).toHaveLength(1);
  });
});

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
