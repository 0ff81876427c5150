import { selectAgentsByRef } from '../src/access/access.store';
import { selectSessionByRef } from '../src/sessions/sessions.store';
import { type AccessWorld, accessClient, agt, type Headers, userOf } from './support/access';
import { startTestService, type TestService } from './support/service';
import { createAgent, deactivateAgent } from './support/tenant';

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

test.each([
  ['', { agent_ref: 'x' }, 'agent_ref'],
  ['', { agent_ref: 'agt_a', session_ref: 'agt_a' }, 'session_ref'],
  ['', { session_ref: 'ase_a' }, 'agent_ref'],
  ['agents/', { limit: '0' }, 'limit'],
  ['agents/', { limit: '101' }, 'limit'],
  ['agents/', { limit: '' }, 'limit'],
  ['agents/', { limit: '1e1' }, 'limit'],
  ['sessions/', {}, 'agent_ref'],
  ['sessions/', { agent_ref: 'agt_a', limit: '-1' }, 'limit'],
])('%s refuses the query %j', async (list, query, field) => {
  const { status, body } = await ask(credentials.sdk, query, list);
  expect([status, body]).toEqual([
    400,
    { status: 0, status_description: 'invalid_request', errors: [{ field, message: expect.any(String) }] },
  ]);
});

describe('the lists', () => {
  const walk = async (list: string, key: 'agents' | 'sessions', query: object): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { body } = await ask(credentials.user, { ...query, ...(cursor && { cursor }) }, list);
      pages.push(body.response[key].map((one: { id: string }) => one.id));
      cursor = body.response.next_cursor;
    } while (cursor !== undefined);
    return pages;
  };

  test('hold what the credential reaches, newest first, page by page, and count it', async () => {
    service.clock.now = new Date();
    const agents = [agent.id, sibling.id];
    for (let n = 0; n < 3; n++) agents.push((await createAgent(service, tenant)).id);
    await deactivateAgent(service, (await createAgent(service, tenant)).id);
    const newest = agents.reverse();
    expect(await walk('agents/', 'agents', { limit: 2 })).toEqual([
      newest.slice(0, 2),
      newest.slice(2, 4),
      newest.slice(4),
    ]);
    expect((await ask(credentials.sdk, {}, 'agents/')).body.response.total_count).toBe(5);
    const own = (await ask(credentials.agent, {}, 'agents/')).body.response;
    expect([own.agents.map((one: { id: string }) => one.id), own.total_count]).toEqual([[agent.id], 1]);

    const sessions = [sessionId];
    for (let n = 0; n < 4; n++) sessions.unshift(await newSession(agent, {}));
    const query = { agent_ref: agt(agent.id), limit: 5 };
    expect(await walk('sessions/', 'sessions', { ...query, limit: 3 })).toEqual([
      sessions.slice(0, 3),
      sessions.slice(3),
    ]);
    const { response } = (await ask(credentials.agent, query, 'sessions/')).body;
    expect(response).toMatchObject({ agent: { id: agent.id }, total_count: 5 });
    expect(response.sessions.at(-1).meta).toEqual({ task: 'x' });
    expect(response).not.toHaveProperty('next_cursor');
  });

  test('refuse a cursor that is not theirs', async () => {
    await newSession(agent, {});
    for (let n = 0; n < 2; n++) await newSession(sibling, {});
    const next = async (headers: Headers, query: object, list: string): Promise<string> =>
      (await ask(headers, { ...query, limit: 1 }, list)).body.response.next_cursor;
    const ofAgents = await next(credentials.user, {}, 'agents/');
    const ofSessions = await next(credentials.user, { agent_ref: agt(agent.id) }, 'sessions/');
    const ofSibling = await next(credentials.user, { agent_ref: agt(sibling.id) }, 'sessions/');
    const narrowed = { ...credentials.user, 'X-OTAS-PROJECT-ID': tenant.projectId };
    for (const [headers, query, list] of [
      [credentials.user, { cursor: '' }, 'agents/'],
      [credentials.user, { cursor: ofSessions }, 'agents/'],
      [narrowed, { cursor: ofAgents }, 'agents/'],
      [userOf(other), { cursor: ofAgents }, 'agents/'],
      [credentials.user, { agent_ref: agt(agent.id), cursor: ofSibling }, 'sessions/'],
      [credentials.user, { agent_ref: agt(agent.id), cursor: ofAgents }, 'sessions/'],
      // The form of a request is looked at before whether there is such an agent.
      [credentials.user, { agent_ref: 'agt_nowhere', cursor: 'x' }, 'sessions/'],
    ] as const) {
      expect(await outcome(headers, query, list)).toBe('400 invalid_cursor');
    }
    expect(
      await outcome(credentials.sdk, { agent_ref: agt(agent.id), cursor: ofSessions }, 'sessions/'),
    ).toBe('200 agent_sessions_listed');
  });

  test('of sessions refuse as the lookup does', async () => {
    for (const [agent_ref, answer] of [
      ['agt_nowhere', '404 agent_not_found'],
      [agt(foreign.id), '403 forbidden'],
    ] as const) {
      expect(await outcome(credentials.sdk, { agent_ref }, 'sessions/')).toBe(answer);
    }
  });
});

test('a key that was given is found through its index, however many agents and sessions have none', async () => {
  const { database } = service.deps;
  await database.prisma.$executeRaw`
    INSERT INTO agents (id, project_id, name, description, provider, created_by, created_at, updated_at)
    SELECT gen_random_uuid(), ${tenant.projectId}::uuid, '', '', '', ${tenant.admin.id}::uuid, now(), now()
      FROM generate_series(1, 5000)`;
  await database.prisma.$executeRaw`
    INSERT INTO agent_sessions (id, agent_id, agent_key_id, created_at)
    SELECT gen_random_uuid(), ${agent.id}::uuid, ${agent.keyId}::uuid, now() FROM generate_series(1, 5000)`;
  await newSession(agent, { session_ref: 'ase_rare' });
  await newAgent(tenant, 'agt_rare');
  await database.prisma.$executeRaw`ANALYZE agent_sessions, agents`;
  for (const [statement, values, index] of [
    [selectSessionByRef, [agent.id, 'ase_rare', false], 'agent_sessions_agent_id_ref_key'],
    [selectAgentsByRef, [[tenant.projectId], 'agt_rare'], 'agents_project_id_ref_key'],
  ] as const) {
    const explain = { name: `explain_${statement.name}`, text: `EXPLAIN ${statement.text}` };
    const rows = await database.run<Record<string, string>>(explain, [...values]);
    expect(rows.map((row) => Object.values(row)[0]).join('\n')).toContain(index);
  }
});
