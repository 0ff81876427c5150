import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { membersClient } from './support/members';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createTenant,
  createUser,
  deactivateProject,
  invite,
  newUserBody,
  paths,
  type Tenant,
  type TestUser,
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

const { post, accept, headersOf, list } = membersClient(
  () => service,
  () => tenant,
);

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
