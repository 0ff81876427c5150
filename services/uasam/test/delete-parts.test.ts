import { randomUUID } from 'node:crypto';
import { authorizeClient } from './support/authorize';
import { eraseRecords, listErasures, reportErased } from './support/erasures';
import { readRevocations } from './support/internal';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  memberHeaders,
  paths,
  type Tenant,
  type TestAgent,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let agent: TestAgent;
let sessionId: string;
const { ask } = authorizeClient(() => service);
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  agent = await createAgent(service, tenant);
  sessionId = await createSession();
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

async function createSession(body: object = {}): Promise<string> {
  const request = service.http.post(paths.createSession).set({ 'X-OTAS-AGENT-KEY': agent.key });
  return (await request.send(body).expect(200)).body.response.agent_session_id;
}

const post = (path: string, body: object, headers = tenant.headers) =>
  service.http.post(path).set(headers).send(body);
const removeSession = (headers = tenant.headers, id: unknown = sessionId) =>
  post(paths.deleteSession, { session_id: id }, headers);
const removeAgent = (headers = tenant.headers, id: unknown = agent.id) =>
  post(paths.deleteAgent, { agent_id: id }, headers);
const lastAudit = async () => (await service.deps.audit.listChain(tenant.projectId, 0, 100)).at(-1);
const erasureOf = async (id: string) =>
  (await listErasures(service)).find((one) => (one.session_id ?? one.agent_id) === id);
const capture = (id: string) => {
  const question = { agent: agent.id, session: id };
  return ask({ kind: 'agent_key', value: agent.key }, 'capture', question);
};

async function everyRefusal(
  remove: (headers: Record<string, string>) => ReturnType<typeof post>,
  code: string,
) {
  const member = await addMember(service, tenant);
  const other = await createTenant(service);
  const refusals: [Record<string, string>, string][] = [
    [{}, '400 missing_headers'],
    [{ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'no token' }, '401 invalid_token'],
    [{ 'X-OTAS-AGENT-KEY': agent.key }, '400 missing_headers'],
    [memberHeaders(member, tenant.projectId), '403 forbidden'],
    [memberHeaders(other.admin, tenant.projectId), '403 user_project_mapping_invalid'],
    [other.headers, `404 ${code}`],
  ];
  for (const [headers, refusal] of refusals) expect(await outcome(remove(headers))).toBe(refusal);
}

describe('deleting a session', () => {
  test('takes it out of the list at once, refuses its token, and is in the audit log', async () => {
    const other = await createSession();
    expect((await capture(sessionId)).allowed).toBe(true);
    const answer = await removeSession().expect(200);
    const erasure = { id: expect.any(String), requested_at: expect.any(String), done_at: null };
    expect(answer.body).toEqual({
      ...{ status: 1, status_description: 'agent_session_deleted' },
      response: { session_id: sessionId, erasure },
    });
    expect(await capture(sessionId)).toMatchObject({ allowed: false, reason: 'session_not_found' });
    expect((await capture(other)).allowed).toBe(true);
    const list = await service.http.get(paths.sessions).set(tenant.headers).query({ agent_id: agent.id });
    expect(list.body.response.sessions.map((one: { id: string }) => one.id)).toEqual([other]);
    expect(await erasureOf(sessionId)).toMatchObject({
      ...{ kind: 'session', project_id: tenant.projectId, agent_id: agent.id, session_id: sessionId },
      ...{ events_erased_at: null, done_at: null },
    });
    expect(await lastAudit()).toMatchObject({
      ...{ action: 'session.deleted', targetKind: 'session', targetId: sessionId },
      principalId: tenant.admin.id,
    });
  });

  test('is told to whoever remembers that it was good', async () => {
    const { cursor } = await readRevocations(service);
    await removeSession().expect(200);
    const { revocations } = await readRevocations(service, cursor);
    expect(revocations).toContainEqual(expect.objectContaining({ kind: 'session', id: sessionId }));
  });

  test('is done, and noted as done, when its events are gone', async () => {
    await removeSession().expect(200);
    const { id } = (await erasureOf(sessionId)) ?? { id: '' };
    await reportErased(service, id, { backend_events: 7 }).expect(200);
    expect((await erasureOf(sessionId))?.done_at).not.toBeNull();
    const audit = await lastAudit();
    expect(audit).toMatchObject({ action: 'session.erased', targetKind: 'session', targetId: sessionId });
    expect(JSON.parse(audit?.after ?? '')).toMatchObject({ erased: { backend_events: 7, sessions: 1 } });
  });

  test('frees its key for another session, which is another one', async () => {
    const ref = 'ase_mine';
    const first = await createSession({ session_ref: ref });
    expect(await outcome(removeSession(tenant.headers, first))).toBe('200 agent_session_deleted');
    expect(await createSession({ session_ref: ref })).not.toBe(first);
  });

  test('is for Admins of its project alone', () => everyRefusal(removeSession, 'session_not_found'));

  test.each([
    [{}, '400 session_id is required'],
    [{ session_id: null }, '400 session_id is required'],
    [{ session_id: 'no uuid' }, '404 session_not_found'],
    [{ session_id: 7 }, '404 session_not_found'],
    [{ session_id: randomUUID() }, '404 session_not_found'],
  ])('with %j is %s', async (body, refusal) => {
    expect(await outcome(post(paths.deleteSession, body))).toBe(refusal);
  });

  test('twice, also at once, deletes it once', async () => {
    const outcomes = await Promise.all([outcome(removeSession()), outcome(removeSession())]);
    expect(outcomes.sort()).toEqual(['200 agent_session_deleted', '404 session_not_found']);
    expect(await outcome(removeSession())).toBe('404 session_not_found');
  });
});

describe('deleting an agent', () => {
  test('takes it out of every list at once, refuses its keys and sessions, and nothing brings it back', async () => {
    const answer = await removeAgent().expect(200);
    expect(answer.body.response.agent_id).toBe(agent.id);
    expect(await capture(sessionId)).toMatchObject({ allowed: false, reason: 'invalid_agent_key' });
    const agents = await service.http.get(paths.agents).set(tenant.headers).query({ include_inactive: 1 });
    expect(agents.body.response.agents).toEqual([]);
    const body = { agent_id: agent.id, agent_name: 'Ranger' };
    for (const path of [paths.reactivateAgent, paths.updateAgent, paths.deactivateAgent, paths.deleteAgent])
      expect(await outcome(post(path, body))).toBe('404 agent_not_found');
    const keys = service.http.get(paths.agentKeys).set(tenant.headers).query({ agent_id: agent.id });
    expect((await keys).status).toBe(404);
    expect(await lastAudit()).toMatchObject({
      ...{ action: 'agent.deleted', targetKind: 'agent', targetId: agent.id },
    });
  });

  test('erases its keys, sessions and row, and leaves those of others', async () => {
    const other = await createAgent(service, tenant);
    await removeAgent().expect(200);
    await eraseRecords(service);
    const { prisma } = service.deps.database;
    const where = { agentId: agent.id };
    expect(await prisma.agentSession.count({ where })).toBe(0);
    expect(await prisma.agentKey.count({ where })).toBe(0);
    expect(await prisma.agent.count({ where: { id: agent.id } })).toBe(0);
    expect(await prisma.agentKey.count({ where: { agentId: other.id } })).toBe(1);
    const { id } = (await erasureOf(agent.id)) ?? { id: '' };
    await reportErased(service, id, {}).expect(200);
    const audit = await lastAudit();
    expect(audit).toMatchObject({ action: 'agent.erased', targetId: agent.id });
    expect(JSON.parse(audit?.after ?? '')).toMatchObject({ erased: { sessions: 1, agent_keys: 1 } });
  });

  test('that is inactive works as well', async () => {
    await post(paths.deactivateAgent, { agent_id: agent.id }).expect(200);
    expect(await outcome(removeAgent())).toBe('200 agent_deleted');
  });

  test('is for Admins of its project alone', () => everyRefusal(removeAgent, 'agent_not_found'));

  test.each([
    [{}, '400 agent_id_required'],
    [{ agent_id: 'no uuid' }, '404 agent_not_found'],
    [{ agent_id: randomUUID() }, '404 agent_not_found'],
  ])('with %j is %s', async (body, refusal) => {
    expect(await outcome(post(paths.deleteAgent, body))).toBe(refusal);
  });
});
