import { randomUUID } from 'node:crypto';
import { type AccessWorld, accessClient, agt, ase, type Headers } from './support/access';
import { startTestService, type TestService } from './support/service';
import { addMember, deactivateAgent, deactivateMember, deactivateProject, paths } from './support/tenant';

let service: TestService;
let { tenant, other, agent, sibling, foreign, credentials, sessionId } = {} as AccessWorld;
const { ask, outcome, newAgent, newSession, createWorld } = accessClient(() => service);
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  ({ tenant, other, agent, sibling, foreign, credentials, sessionId } = await createWorld());
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

describe('who asks', () => {
  test.each([
    ['user', 1],
    ['sdk', null],
    ['agent', null],
  ] as const)('the credential of a %s reaches its agent and session', async (kind, privilege) => {
    const { status, body } = await ask(credentials[kind], {
      agent_ref: agt(agent.id),
      session_ref: ase(sessionId),
    });
    expect([status, body.response]).toEqual([
      200,
      {
        principal: { kind: kind === 'user' ? 'user' : `${kind}_key`, privilege },
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
          agent_key_id: agent.keyId,
          created_at: expect.stringMatching(/\+00:00$/),
          session_ref: ase(sessionId),
          meta: {},
          status: 'active',
          ended_at: null,
          expires_at: expect.stringMatching(/\.000000\+00:00$/),
        },
      },
    ]);
  });

  test('without an agent the answer says who asks, and with meta it has every digit of it', async () => {
    const who = await ask(credentials.sdk, {});
    expect(who.body.response).toEqual({
      principal: { kind: 'sdk_key', privilege: null },
      agent: null,
      session: null,
    });
    const body = '{"meta":{"n":12345678901234567890}}';
    const made = await service.http
      .post(paths.createSession)
      .set('X-OTAS-AGENT-KEY', agent.key)
      .type('application/json')
      .send(body);
    const session_ref = made.body.response.session_ref;
    const { text } = await ask(credentials.sdk, { agent_ref: agt(agent.id), session_ref, with_meta: 1 });
    expect(text).toContain('"meta":{"n":12345678901234567890}');
  });

  test("a Member's privilege is told", async () => {
    const member = await addMember(service, tenant);
    const { body } = await ask({ 'X-OTAS-USER-TOKEN': member.token }, { agent_ref: agt(agent.id) });
    expect(body.response.principal).toEqual({ kind: 'user', privilege: 2 });
  });

  test('nobody, and whoever has no valid credential, is unauthorized before anything else is looked at', async () => {
    for (const headers of [
      {},
      { 'X-OTAS-USER-TOKEN': 'x' },
      { 'X-OTAS-SDK-KEY': 'x' },
      { 'X-OTAS-SDK-KEY': 'otas_abc_def' },
      { 'X-OTAS-AGENT-KEY': 'agent_abc_def' },
      { 'X-OTAS-AGENT-KEY': agent.key.replace(/.$/, '!') },
      // The first of several counts; a good one behind it does not help.
      { 'X-OTAS-SDK-KEY': 'otas_abc_def', ...credentials.user },
    ] as Headers[]) {
      for (const list of ['', 'agents/', 'sessions/']) {
        expect(await outcome(headers, { agent_ref: 'nonsense', limit: 'x' }, list)).toBe('401 unauthorized');
      }
    }
  });

  test('a key that has expired or was revoked is unauthorized, and so is one of an inactive project', async () => {
    const query = { agent_ref: agt(agent.id) };
    service.clock.now = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000 + 1000);
    for (const kind of ['sdk', 'agent'] as const) {
      expect(await outcome(credentials[kind], query)).toBe('401 unauthorized');
    }
    service.clock.now = null;
    await service.http.post(paths.revokeAgentKey).set(tenant.headers).send({ agent_key_id: agent.keyId });
    expect(await outcome(credentials.agent, query)).toBe('401 unauthorized');
    await deactivateProject(service, tenant.projectId);
    expect(await outcome(credentials.sdk, query)).toBe('401 unauthorized');
    expect(await outcome(credentials.user, query)).toBe('404 agent_not_found');
  });

  test('a key without the scope read is forbidden, once the agent is found', async () => {
    const { prisma } = service.deps.database;
    const data = { scopes: ['capture'] };
    await prisma.agentKey.updateMany({ where: { agentId: agent.id }, data });
    await prisma.sdkKey.updateMany({ where: { projectId: tenant.projectId }, data });
    for (const headers of [credentials.agent, credentials.sdk]) {
      for (const list of ['', 'agents/', 'sessions/']) {
        expect(await outcome(headers, { agent_ref: agt(agent.id) }, list)).toBe('403 insufficient_scope');
      }
      expect(await outcome(headers, { agent_ref: 'agt_nowhere' })).toBe('404 agent_not_found');
    }
  });

  test('a key that was used is noted as used', async () => {
    await ask(credentials.agent, {}).expect(200);
    await service.deps.agentKeyUses.flush();
    const row = await service.deps.database.prisma.agentKey.findUnique({ where: { id: agent.keyId } });
    expect(row?.lastUsedAt).toBeInstanceOf(Date);
  });
});

describe('which agent', () => {
  test('the key of a UUID works in any case, beside one that was given', async () => {
    const own = await newAgent(tenant, 'agt_support');
    for (const agent_ref of ['agt_support', agt(own.id), agt(own.id.toUpperCase())]) {
      for (const headers of [credentials.user, credentials.sdk, { 'X-OTAS-AGENT-KEY': own.key }]) {
        const { body } = await ask(headers, { agent_ref });
        expect(body.response.agent).toMatchObject({ id: own.id, agent_ref: 'agt_support' });
      }
    }
  });

  test('one that is nowhere, or inactive, is not found; one that is not for this credential is forbidden', async () => {
    await deactivateAgent(service, sibling.id);
    await deactivateAgent(service, (await newAgent(tenant, 'agt_gone')).id);
    const own = await newAgent(tenant, 'agt_sibling');
    for (const headers of Object.values(credentials)) {
      for (const agent_ref of [
        agt(randomUUID()),
        'agt_nowhere',
        agt(sibling.id),
        'agt_gone',
        'agt_Sibling',
      ]) {
        expect(await outcome(headers, { agent_ref })).toBe('404 agent_not_found');
      }
      expect(await outcome(headers, { agent_ref: agt(foreign.id) })).toBe('403 forbidden');
    }
    for (const agent_ref of ['agt_sibling', agt(own.id)]) {
      expect(await outcome(credentials.agent, { agent_ref })).toBe('403 forbidden');
    }
  });

  test('a key that was given in another project alone is not found', async () => {
    await newAgent(other, 'agt_theirs');
    for (const headers of Object.values(credentials)) {
      expect(await outcome(headers, { agent_ref: 'agt_theirs' })).toBe('404 agent_not_found');
    }
  });

  test("a key that two of a user's projects have needs the project's id", async () => {
    const at = new Date();
    const membership = { userId: tenant.admin.id, projectId: other.projectId, privilege: 2 };
    await service.deps.database.prisma.projectMember.create({
      data: { ...membership, createdAt: at, updatedAt: at },
    });
    const [ours, theirs] = [await newAgent(tenant, 'agt_both'), await newAgent(other, 'agt_both')];
    const query = { agent_ref: 'agt_both' };
    const { status, body } = await ask(credentials.user, query);
    expect([status, body]).toEqual([
      400,
      {
        status: 0,
        status_description: 'invalid_request',
        errors: [{ field: 'agent_ref', message: expect.stringContaining('X-OTAS-PROJECT-ID') }],
      },
    ]);
    for (const [projectId, id, privilege] of [
      [tenant.projectId, ours.id, 1],
      [other.projectId.toUpperCase(), theirs.id, 2],
    ] as const) {
      const narrowed = { ...credentials.user, 'X-OTAS-PROJECT-ID': projectId };
      const found = (await ask(narrowed, query)).body.response;
      expect([found.agent.id, found.principal.privilege]).toEqual([id, privilege]);
    }
    const { body: list } = await ask(credentials.user, {}, 'agents/');
    expect(list.response.total_count).toBe(5);
  });

  test('a project that is not the user’s reaches nothing, and that of a key is not looked at', async () => {
    for (const projectId of [other.projectId, randomUUID(), 'x']) {
      const narrowed = { ...credentials.user, 'X-OTAS-PROJECT-ID': projectId };
      expect(await outcome(narrowed, { agent_ref: agt(agent.id) })).toBe('403 forbidden');
      expect(await outcome(narrowed, { agent_ref: 'agt_x' })).toBe('403 forbidden');
      expect(await outcome(narrowed, {}, 'agents/')).toBe('403 forbidden');
      const key = { ...credentials.sdk, 'X-OTAS-PROJECT-ID': projectId };
      expect(await outcome(key, { agent_ref: agt(agent.id) })).toBe('200 access_resolved');
    }
  });

  test('a member who left reaches nothing', async () => {
    await deactivateMember(service, tenant);
    expect(await outcome(credentials.user, { agent_ref: agt(agent.id) })).toBe('403 forbidden');
    const { status, body } = await ask(credentials.user, {}, 'agents/');
    expect([status, body.response]).toEqual([200, { agents: [], total_count: 0 }]);
  });
});

describe('which session', () => {
  test('both forms of its key work, for its own agent alone', async () => {
    const id = await newSession(agent, { session_ref: 'ase_one' });
    const siblings = await newSession(sibling, { session_ref: 'ase_two' });
    for (const session_ref of ['ase_one', ase(id), ase(id.toUpperCase())]) {
      const { body } = await ask(credentials.sdk, { agent_ref: agt(agent.id), session_ref });
      expect(body.response.session).toMatchObject({ id, session_ref: 'ase_one' });
      const elsewhere = { agent_ref: agt(sibling.id), session_ref };
      expect(await outcome(credentials.sdk, elsewhere)).toBe('404 session_not_found');
    }
    for (const session_ref of ['ase_two', ase(siblings), ase(randomUUID()), 'ase_One']) {
      const query = { agent_ref: agt(agent.id), session_ref };
      expect(await outcome(credentials.agent, query)).toBe('404 session_not_found');
    }
  });

  test('is looked at after the agent', async () => {
    const session_ref = ase(randomUUID());
    expect(await outcome(credentials.sdk, { agent_ref: agt(foreign.id), session_ref })).toBe('403 forbidden');
    expect(await outcome(credentials.sdk, { agent_ref: 'agt_x', session_ref })).toBe('404 agent_not_found');
  });
});
