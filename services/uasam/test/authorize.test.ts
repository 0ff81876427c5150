import { randomUUID } from 'node:crypto';
import { agt, ase } from './support/access';
import { type AuthorizeWorld, authorizeClient, type Credential } from './support/authorize';
import { internalPaths, serviceHeaders } from './support/internal';
import { startTestService, type TestService } from './support/service';
import { paths } from './support/tenant';

let service: TestService;
let world: AuthorizeWorld;
let { agentKey, sdkKey, admin, member } = {} as AuthorizeWorld;
const { send, ask, outcome, createAuthorizeWorld, setScopes } = authorizeClient(() => service);
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
    await setScopes(world, [scope]);
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
