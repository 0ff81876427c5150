import { randomUUID } from 'node:crypto';
import { type AccessWorld, accessClient, agt, ase } from './support/access';
import { internalPaths, serviceHeaders } from './support/internal';
import { makeJwt } from './support/jwt';
import { startTestService, type TestService, testEnvironment } from './support/service';
import { addMember, createSdkKey, deactivateAgent, deactivateProject, paths } from './support/tenant';

let service: TestService;
let world: AccessWorld;
let agentKey: Credential;
let sdkKey: Credential;
let admin: Credential;
let member: Credential;
const { newAgent, newSession, createWorld } = accessClient(() => service);

interface Credential {
  readonly kind: string;
  readonly value: string;
}

const user = (token: string): Credential => ({ kind: 'user_token', value: token });

beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  world = await createWorld();
  agentKey = { kind: 'agent_key', value: world.agent.key };
  sdkKey = { kind: 'sdk_key', value: world.credentials.sdk['X-OTAS-SDK-KEY'] ?? '' };
  admin = user(world.tenant.admin.token);
  member = user((await addMember(service, world.tenant)).token);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const send = (body: unknown) =>
  service.http
    .post(internalPaths.authorize)
    .set(serviceHeaders)
    .send(body as object);

const ask = async (credential: Credential, action: string, more: object = {}) => {
  const { status, body } = await send({ credential, action, ...more });
  expect([status, body.status]).toEqual([200, 1]);
  expect(body.status_description).toBe(body.response.allowed ? 'authorized' : 'refused');
  return body.response;
};

/** `allowed`, or the reason of the refusal. */
const outcome = async (credential: Credential, action: string, more: object = {}): Promise<string> => {
  const response = await ask(credential, action, more);
  return response.allowed ? 'allowed' : response.reason;
};

/** Ends or revokes the session of the world, as its row tells. */
const endSession = (kind: 'ended' | 'revoked') => service.deps.database.prisma.$executeRaw`
  UPDATE agent_sessions SET ended_at = now(), end_kind = ${kind} WHERE id = ${world.sessionId}::uuid`;

const setScopes = async (scopes: string[]): Promise<void> => {
  const { prisma } = service.deps.database;
  await prisma.agentKey.updateMany({ where: { agentId: world.agent.id }, data: { scopes } });
  await prisma.sdkKey.updateMany({ where: { projectId: world.tenant.projectId }, data: { scopes } });
};

const actions = ['identify', 'capture', 'read', 'edit', 'administer'] as const;

describe('an answer', () => {
  test('that allows says who, where, until when, and how long it may be remembered', async () => {
    service.clock.now = new Date();
    const { agent, sessionId, tenant } = world;
    const response = await ask(agentKey, 'capture', { agent: agent.id, session: sessionId });
    expect(response).toEqual({
      allowed: true,
      reason: null,
      principal: { kind: 'agent_key', id: agent.keyId, privilege: null, scopes: ['capture', 'read'] },
      project: { id: tenant.projectId, name: 'Engine' },
      agent: {
        id: agent.id,
        agent_ref: agt(agent.id),
        project_id: tenant.projectId,
        name: 'Scout',
        description: '',
        provider: 'acme',
        is_active: true,
        created_at: expect.stringMatching(/\+00:00$/),
        updated_at: expect.stringMatching(/\+00:00$/),
      },
      session: {
        id: sessionId,
        session_ref: ase(sessionId),
        agent_key_id: agent.keyId,
        created_at: expect.stringMatching(/\+00:00$/),
        meta: {},
        status: 'active',
        ended_at: null,
        expires_at: expect.stringMatching(/\.000000\+00:00$/),
      },
      expires_at: expect.stringMatching(/\+00:00$/),
      cache_seconds: 10,
    });
    // The key was made before the session.
    expect(Date.parse(response.expires_at)).toBeLessThan(Date.parse(response.session.expires_at) + 1000);
  });

  test('that refuses says why, and nothing else', async () => {
    expect(await ask(member, 'administer', { project: world.tenant.projectId })).toEqual({
      allowed: false,
      reason: 'forbidden',
      principal: null,
      project: null,
      agent: null,
      session: null,
      expires_at: null,
      cache_seconds: 1,
    });
  });

  test('names a user with his privilege in the project that is meant, or none where several may be', async () => {
    const { tenant, agent } = world;
    const principal = { kind: 'user', id: tenant.admin.id, privilege: 1, scopes: null };
    const project = { id: tenant.projectId, name: 'Engine' };
    for (const more of [{ project: tenant.projectId }, { agent: agent.id }, { agent: agt(agent.id) }]) {
      expect(await ask(admin, 'read', more)).toMatchObject({ allowed: true, principal, project });
    }
    expect((await ask(member, 'read', { agent: agent.id })).principal.privilege).toBe(2);
    const anywhere = await ask(admin, 'read');
    expect(anywhere).toMatchObject({ principal: { ...principal, privilege: null }, project: null });
  });

  test('names the project of a key, whatever project is asked for', async () => {
    for (const key of [agentKey, sdkKey]) {
      const { project } = await ask(key, 'identify', { project: world.other.projectId });
      expect(project.id).toBe(world.tenant.projectId);
    }
  });

  test('ends with what ends first, and is not remembered past that', async () => {
    const { agent, sessionId } = world;
    const lives = { agent: agent.id, session: sessionId };
    const { prisma } = service.deps.database;
    const setKeyEnd = (at: Date) =>
      prisma.agentKey.updateMany({ where: { id: agent.keyId }, data: { expiresAt: at } });
    const soon = new Date(Date.now() + 60_000);
    await setKeyEnd(soon);
    expect(Date.parse((await ask(agentKey, 'capture', lives)).expires_at)).toBe(soon.getTime());
    service.clock.now = new Date(soon.getTime() - 4500);
    expect((await ask(agentKey, 'capture', lives)).cache_seconds).toBe(4);
    service.clock.now = new Date(soon.getTime() - 1);
    expect((await ask(agentKey, 'capture', lives)).cache_seconds).toBe(0);
    service.clock.now = null;
    await setKeyEnd(new Date(Date.now() + 300 * 24 * 60 * 60 * 1000));
    const { expires_at, session } = await ask(agentKey, 'capture', lives);
    expect(expires_at).toBe(session.expires_at);
    const read = await ask(admin, 'read', { project: world.tenant.projectId });
    const { exp } = JSON.parse(Buffer.from(admin.value.split('.')[1] ?? '', 'base64url').toString());
    expect(Date.parse(read.expires_at)).toBe(exp * 1000);
  });

  test("has the session's meta with every digit of it, if it is asked for", async () => {
    const request = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', world.agent.key);
    const made = await request.type('application/json').send('{"meta":{"n":12345678901234567890}}');
    const session = made.body.response.session_ref;
    const question = { credential: sdkKey, action: 'read', agent: world.agent.id, session };
    const { text } = await send({ ...question, with_meta: true });
    expect(text).toContain('"meta":{"n":12345678901234567890}');
    expect((await send({ ...question, with_meta: false })).body.response.session.meta).toEqual({});
  });

  test('notes the use of a key', async () => {
    await ask(agentKey, 'identify');
    await ask(sdkKey, 'administer');
    await service.deps.agentKeyUses.flush();
    await service.deps.sdkKeyUses.flush();
    const { prisma } = service.deps.database;
    const agentRow = await prisma.agentKey.findUnique({ where: { id: world.agent.keyId } });
    const sdkRow = await prisma.sdkKey.findFirst({ where: { projectId: world.tenant.projectId } });
    expect([agentRow?.lastUsedAt, sdkRow?.lastUsedAt]).toEqual([expect.any(Date), expect.any(Date)]);
  });
});

describe('who may do what', () => {
  test.each<[string, () => Credential, string[]]>([
    ['an agent key', () => agentKey, ['allowed', 'allowed', 'allowed', 'forbidden', 'forbidden']],
    ['an SDK key', () => sdkKey, ['allowed', 'allowed', 'allowed', 'allowed', 'forbidden']],
    ['an Admin', () => admin, ['allowed', 'forbidden', 'allowed', 'allowed', 'allowed']],
    ['a Member', () => member, ['allowed', 'forbidden', 'allowed', 'forbidden', 'forbidden']],
  ])('%s: identify, capture, read, edit, administer', async (_, credential, expected) => {
    const where = { agent: world.agent.id, session: world.sessionId };
    const outcomes = [];
    for (const action of actions) outcomes.push(await outcome(credential(), action, where));
    expect(outcomes).toEqual(expected);
  });

  test.each<[string, string[], string[]]>([
    ['read', ['allowed', 'insufficient_scope', 'allowed'], ['insufficient_scope', 'forbidden']],
    ['capture', ['allowed', 'allowed', 'insufficient_scope'], ['allowed', 'forbidden']],
  ])('keys with the scope %s alone do only what it is for', async (scope, common, ofSdk) => {
    await setScopes([scope]);
    const where = { agent: world.agent.id, session: world.sessionId };
    const outcomes = async (credential: Credential): Promise<string[]> => {
      const all = [];
      for (const action of actions) all.push(await outcome(credential, action, where));
      return all;
    };
    expect(await outcomes(agentKey)).toEqual([...common, 'forbidden', 'forbidden']);
    expect(await outcomes(sdkKey)).toEqual([...common, ...ofSdk]);
    expect((await ask(agentKey, 'identify')).principal.scopes).toEqual([scope]);
  });

  test('a user who names neither project nor agent administers and edits nothing', async () => {
    for (const action of ['edit', 'administer']) expect(await outcome(admin, action)).toBe('forbidden');
    expect(await outcome(admin, 'read')).toBe('allowed');
  });
});

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
    await setScopes([]);
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
    await setScopes(['read']);
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
      await setScopes(['read']);
      const where = { agent: agent.id, session: sessionId };
      expect(await outcome(sdkKey, 'capture', where)).toBe('session_ended');
    },
  );
});

describe('a question that is not understood', () => {
  const good = () => ({ credential: agentKey, action: 'identify' });

  test.each<[string, (question: object) => unknown, string[]]>([
    ['without fields', () => ({}), ['credential', 'action']],
    ['with an unknown field', (one) => ({ ...one, sesion: 'x' }), ['sesion']],
    [
      'with an unknown field in the credential',
      () => ({ credential: { kind: 'sdk_key', value: 'x', project: 'x' }, action: 'read' }),
      ['credential.project'],
    ],
    ['with an unknown action', (one) => ({ ...one, action: 'delete' }), ['action']],
    ['with an action of Object', (one) => ({ ...one, action: 'constructor' }), ['action']],
    [
      'with a kind of credential that is unknown',
      () => ({ credential: { kind: 'session', value: 'x' }, action: 'read' }),
      ['credential.kind'],
    ],
    [
      'with an empty credential',
      () => ({ credential: { kind: 'sdk_key', value: '' }, action: 'read' }),
      ['credential.value'],
    ],
    ['with a credential that is a list', (one) => ({ ...one, credential: ['sdk_key', 'x'] }), ['credential']],
    [
      'with ids that are none',
      (one) => ({ ...one, project: 'x', agent: 'ase_x', session: 5 }),
      ['project', 'agent', 'session'],
    ],
    ['with a session and no agent', (one) => ({ ...one, session: randomUUID() }), ['agent']],
    ['with a with_meta that is no boolean', (one) => ({ ...one, with_meta: 1 }), ['with_meta']],
  ])('%s is 400, and says what is wrong with it', async (_, change, fields) => {
    const { status, body } = await send(change(good()));
    expect([status, body.status_description]).toEqual([400, 'invalid_request']);
    expect(body.errors.map((one: { field: string }) => one.field)).toEqual(fields);
    expect(JSON.stringify(body)).not.toContain(agentKey.value);
  });

  test.each(['[]', 'null', '"x"', '{', '{"action":NaN}'])('the body %s is no JSON object', async (text) => {
    const { status, body } = await send(text).type('application/json');
    expect([status, body.status_description]).toEqual([400, 'invalid_json']);
  });

  test('null is the same as leaving out, and a body past the bound is 413', async () => {
    const nothing = { project: null, agent: null, session: null, with_meta: null };
    expect(await outcome(agentKey, 'identify', nothing)).toBe('allowed');
    const small = await startTestService({ REQUEST_MAX_BYTES: '2000' });
    try {
      const question = { ...good(), credential: { kind: 'agent_key', value: 'x'.repeat(2000) } };
      const answer = await small.http.post(internalPaths.authorize).set(serviceHeaders).send(question);
      expect([answer.status, answer.body.status_description]).toEqual([413, 'payload_too_large']);
    } finally {
      await small.close();
    }
  });
});
