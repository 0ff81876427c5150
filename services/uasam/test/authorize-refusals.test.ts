import { randomUUID } from 'node:crypto';
import { accessClient, agt, ase } from './support/access';
import { type AuthorizeWorld, authorizeClient, type Credential, user } from './support/authorize';
import { makeJwt } from './support/jwt';
import { startTestService, type TestService, testEnvironment } from './support/service';
import { createSdkKey, deactivateAgent, deactivateProject, paths } from './support/tenant';

let service: TestService;
let world: AuthorizeWorld;
let { agentKey, sdkKey, admin, member } = {} as AuthorizeWorld;
const { newAgent, newSession } = accessClient(() => service);
const { ask, outcome, createAuthorizeWorld, setScopes } = authorizeClient(() => service);
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  world = await createAuthorizeWorld();
  ({ agentKey, sdkKey, admin, member } = world);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

/** Ends or revokes the session of the world, as its row tells. */
const endSession = (kind: 'ended' | 'revoked') => service.deps.database.prisma.$executeRaw`
  UPDATE agent_sessions SET ended_at = now(), end_kind = ${kind} WHERE id = ${world.sessionId}::uuid`;

describe('the credential', () => {
  /** One that is wrong, and an agent and session that would be refused too: the credential is looked at first. */
  const refused = async (credential: Credential, reason: string): Promise<void> => {
    const where = { project: randomUUID(), agent: randomUUID(), session: 'ase_nowhere' };
    expect(await outcome(credential, 'capture', where)).toBe(reason);
    expect(await outcome(credential, 'identify')).toBe(reason);
  };

  test('that is no key of its kind, or is forged, is refused', async () => {
    const wrong = (value: string): string[] => [
      'x',
      `${value}x`,
      value.slice(0, -1),
      value.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
      value.toUpperCase(),
      ` ${value}`,
      `${value}\u0000`,
      'x'.repeat(100_000),
    ];
    for (const value of [...wrong(agentKey.value), sdkKey.value, admin.value]) {
      await refused({ kind: 'agent_key', value }, 'invalid_agent_key');
    }
    for (const value of [...wrong(sdkKey.value), agentKey.value, admin.value]) {
      await refused({ kind: 'sdk_key', value }, 'invalid_sdk_key');
    }
    for (const value of [...wrong(admin.value), agentKey.value, sdkKey.value]) {
      await refused(user(value), 'invalid_token');
    }
  });

  test('a user token that is signed by another, or not at all, or is a session token, is refused', async () => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { user_id: world.tenant.admin.id, email: 'x@example.com', iat, exp: iat + 60 };
    const secret = testEnvironment.USER_TOKEN_SECRETS;
    await refused(user(makeJwt(claims, 'another secret of at least 32 characters')), 'invalid_token');
    await refused(user(makeJwt(claims, testEnvironment.SESSION_TOKEN_SECRETS)), 'invalid_token');
    await refused(user(makeJwt(claims, null, { alg: 'none' })), 'invalid_token');
    await refused(user(makeJwt({ ...claims, exp: iat - 1 }, secret)), 'invalid_token');
    await refused(user(makeJwt({ ...claims, user_id: randomUUID() }, secret)), 'invalid_token');
    const session = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', agentKey.value);
    await refused(user((await session.expect(200)).body.response.jwt_token), 'invalid_token');
  });

  test('that has ended is refused: revoked, expired, its agent or project inactive, the password changed', async () => {
    const short = { kind: 'sdk_key', value: (await createSdkKey(service, world.tenant, 1)).key };
    service.clock.now = new Date(Date.now() + 24 * 60 * 60 * 1000 + 1000);
    await refused(short, 'invalid_sdk_key');
    service.clock.now = new Date(Date.now() + 31 * 24 * 60 * 60 * 1000);
    await refused(agentKey, 'invalid_agent_key');
    service.clock.now = null;

    const { tenant, sibling, agent } = world;
    await deactivateAgent(service, sibling.id);
    await refused({ kind: 'agent_key', value: sibling.key }, 'invalid_agent_key');
    const revocation = service.http.post(paths.revokeAgentKey).set(tenant.headers);
    await revocation.send({ agent_key_id: agent.keyId }).expect(200);
    await refused(agentKey, 'invalid_agent_key');
    await deactivateProject(service, tenant.projectId);
    await refused(sdkKey, 'invalid_sdk_key');
    service.clock.now = new Date(Date.now() + 2000);
    const change = service.http.post(paths.password).set('X-OTAS-USER-TOKEN', admin.value);
    await change.send({ password: 'another horse' }).expect(200);
    await refused(admin, 'invalid_token');
  });
});

describe('the project that a user names', () => {
  test('must be his own and active, and is looked at before the agent', async () => {
    for (const project of [world.other.projectId, randomUUID()]) {
      for (const agent of [undefined, world.agent.id, randomUUID()]) {
        expect(await outcome(admin, 'read', { project, agent })).toBe('user_project_mapping_invalid');
      }
    }
    await deactivateProject(service, world.tenant.projectId);
    const project = world.tenant.projectId;
    expect(await outcome(admin, 'read', { project })).toBe('user_project_mapping_invalid');
  });

  test('hides agents of his other projects that are named by their UUID, and forbids those named by their key', async () => {
    const { tenant, other, agent } = world;
    const at = new Date();
    const membership = { userId: tenant.admin.id, projectId: other.projectId, privilege: 2 };
    await service.deps.database.prisma.projectMember.create({
      data: { ...membership, createdAt: at, updatedAt: at },
    });
    const project = other.projectId;
    expect(await outcome(admin, 'read', { project, agent: agent.id })).toBe('agent_not_found');
    expect(await outcome(admin, 'read', { project, agent: agt(agent.id) })).toBe('forbidden');
    expect(await outcome(admin, 'read', { agent: agent.id })).toBe('allowed');
    const [ours] = [await newAgent(tenant, 'agt_both'), await newAgent(other, 'agt_both')];
    expect(await outcome(admin, 'read', { agent: 'agt_both' })).toBe('invalid_request');
    const narrowed = await ask(admin, 'administer', { project: tenant.projectId, agent: 'agt_both' });
    expect(narrowed.agent.id).toBe(ours.id);
    expect(await outcome(admin, 'administer', { project, agent: 'agt_both' })).toBe('forbidden');
  });
});

describe('the agent', () => {
  test('that is nowhere or inactive is not found, and one that is not reached is forbidden', async () => {
    const { sibling, foreign, tenant, sessionId } = world;
    await newAgent(tenant, 'agt_own');
    const reached = { session: sessionId };
    for (const credential of [agentKey, sdkKey, admin, member]) {
      for (const agent of [randomUUID(), agt(randomUUID()), 'agt_nowhere', 'agt_Own']) {
        expect(await outcome(credential, 'read', { ...reached, agent })).toBe('agent_not_found');
      }
      for (const agent of [foreign.id, agt(foreign.id)]) {
        expect(await outcome(credential, 'read', { ...reached, agent })).toBe('forbidden');
      }
    }
    for (const agent of [sibling.id, agt(sibling.id), 'agt_own']) {
      expect(await outcome(agentKey, 'read', { agent })).toBe('forbidden');
      expect(await outcome(sdkKey, 'read', { agent })).toBe('allowed');
    }
    await deactivateAgent(service, sibling.id);
    expect(await outcome(sdkKey, 'read', { agent: sibling.id })).toBe('agent_not_found');
  });
});

describe('the session', () => {
  test("that is unknown or another agent's is not found, before the action is looked at", async () => {
    const { agent, sibling, sessionId } = world;
    const siblings = await newSession(sibling, { session_ref: 'ase_theirs' });
    await setScopes(world, []);
    for (const [action, session] of [
      ['read', randomUUID()],
      ['edit', ase(randomUUID())],
      ['capture', ase(randomUUID())],
      ['capture', 'ase_nowhere'],
      ['capture', 'ase_theirs'],
      ['capture', siblings],
      ['read', siblings],
    ]) {
      const where = { agent: agent.id, session };
      expect(await outcome(agentKey, action as string, where)).toBe('session_not_found');
      expect(await outcome(sdkKey, action as string, where)).toBe('session_not_found');
    }
    expect(await outcome(sdkKey, 'read', { agent: sibling.id, session: sessionId })).toBe(
      'session_not_found',
    );
  });

  test('of a token of the original system, which has no row, may be written to', async () => {
    const where = { agent: world.agent.id, session: randomUUID() };
    for (const key of [agentKey, sdkKey]) {
      const response = await ask(key, 'capture', where);
      expect([response.allowed, response.session]).toEqual([true, null]);
    }
    await setScopes(world, ['read']);
    expect(await outcome(agentKey, 'capture', where)).toBe('insufficient_scope');
  });

  test.each(['ended', 'revoked', 'expired'] as const)(
    'that is %s is read, and written no more',
    async (status) => {
      const { agent, sessionId, tenant } = world;
      const { prisma } = service.deps.database;
      const expiresAt = new Date(Date.now() + 300 * 24 * 60 * 60 * 1000);
      await prisma.agentKey.updateMany({ where: { id: agent.keyId }, data: { expiresAt } });
      await prisma.sdkKey.updateMany({ where: { projectId: tenant.projectId }, data: { expiresAt } });
      if (status === 'expired') service.clock.now = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
      else await endSession(status);
      for (const session of [sessionId, ase(sessionId)]) {
        const where = { agent: agent.id, session };
        for (const key of [agentKey, sdkKey]) {
          expect(await outcome(key, 'capture', where)).toBe('session_ended');
          const read = await ask(key, 'read', where);
          expect([read.allowed, read.session.status]).toEqual([true, status]);
          expect(read.session.ended_at === null).toBe(status === 'expired');
          expect(Date.parse(read.expires_at)).toBe(expiresAt.getTime());
        }
        expect(await outcome(agentKey, 'edit', where)).toBe('session_ended');
        expect(await outcome(sdkKey, 'edit', where)).toBe('allowed');
      }
      await setScopes(world, ['read']);
      const where = { agent: agent.id, session: sessionId };
      expect(await outcome(sdkKey, 'capture', where)).toBe('session_ended');
    },
  );
});
