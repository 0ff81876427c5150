import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { hashOf } from '../src/audit/audit-record';
import { auditPath } from './support/audit';
import { eraseRecords, listErasures, reportErased } from './support/erasures';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  invite,
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
afterEach(() => {
  jest.restoreAllMocks();
  service.clock.now = null;
});
afterAll(() => service.close());

const body = { project_name: 'Engine' };
const remove = (headers: Record<string, string> = tenant.headers, sent: object = body) =>
  service.http.post(paths.deleteProject).set(headers).send(sent);
const chain = () => service.deps.audit.listChain(tenant.projectId, 0, 100);
const createSession = () => service.http.post(paths.createSession).set({ 'X-OTAS-AGENT-KEY': agent.key });

/** How many rows of the project each table of the database has, but for those that outlive it. */
async function countRows(projectId: string): Promise<Record<string, number>> {
  const { prisma } = service.deps.database;
  const ofAgents = { agent: { projectId } };
  const where = { projectId };
  const counts = await Promise.all([
    prisma.project.count({ where: { id: projectId } }),
    prisma.projectMember.count({ where }),
    prisma.projectInvitation.count({ where }),
    prisma.sdkKey.count({ where }),
    prisma.agent.count({ where }),
    prisma.agentKey.count({ where: ofAgents }),
    prisma.agentSession.count({ where: ofAgents }),
  ]);
  const names = ['projects', 'members', 'invitations', 'sdkKeys', 'agents', 'agentKeys', 'sessions'];
  return Object.fromEntries(names.map((name, at) => [name, counts[at] ?? 0]));
}

describe('deleting a project', () => {
  test('is answered with its erasure, and says so in the audit log', async () => {
    const answer = await remove().expect(200);
    const [erasure] = (await listErasures(service)).filter((one) => one.project_id === tenant.projectId);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'project_deleted',
      response_body: {
        project_id: tenant.projectId,
        erasure: { id: expect.any(String), requested_at: expect.any(String), done_at: null },
      },
    });
    const { id, requested_at } = answer.body.response_body.erasure;
    expect(erasure).toEqual({
      ...{ id, requested_at, kind: 'project', project_id: tenant.projectId },
      ...{ agent_id: null, session_id: null, events_erased_at: null, done_at: null },
    });
    expect((await chain()).at(-1)).toMatchObject({
      action: 'project.deleted',
      principalKind: 'user',
      principalId: tenant.admin.id,
      targetKind: 'project',
      targetId: tenant.projectId,
      before: '{"name":"Engine","description":"","domain":"","is_active":true}',
      after: JSON.stringify({ erasure_id: id }),
    });
  });

  test.each([
    [{}],
    [{ project_name: null }],
    [{ project_name: '' }],
    [{ project_name: 'engine' }],
    [{ project_name: ['Engine'] }],
    [{ project_id: 'Engine' }],
  ])('with %j, which does not repeat its name, is refused and changes nothing', async (sent) => {
    expect(await outcome(remove(tenant.headers, sent))).toBe('400 project_name_mismatch');
    expect((await chain()).at(-1)?.action).not.toBe('project.deleted');
    expect(await outcome(createSession())).toBe('200 agent_session_created');
  });

  test('with a body that is no JSON is refused', async () => {
    const request = service.http.post(paths.deleteProject).set(tenant.headers);
    const answer = await request.set('Content-Type', 'application/json').send('{');
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_json']);
  });

  test('is for its Admins alone', async () => {
    const member = await addMember(service, tenant);
    const other = await createTenant(service);
    const refusals: [Record<string, string>, string][] = [
      [{}, '400 missing_headers'],
      [userHeaders(tenant.admin), '400 missing_headers'],
      [{ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'no token' }, '401 invalid_token'],
      [memberHeaders(member, tenant.projectId), '403 forbidden'],
      [memberHeaders(other.admin, tenant.projectId), '403 user_project_mapping_invalid'],
      [{ ...tenant.headers, 'X-OTAS-PROJECT-ID': randomUUID() }, '403 user_project_mapping_invalid'],
      [{ 'X-OTAS-AGENT-KEY': agent.key }, '400 missing_headers'],
    ];
    for (const [headers, refusal] of refusals) expect(await outcome(remove(headers))).toBe(refusal);
    expect(await outcome(remove())).toBe('200 project_deleted');
  });

  test('that is inactive works as well', async () => {
    await service.http.post(paths.deactivateProject).set(tenant.headers).expect(200);
    expect(await outcome(remove())).toBe('200 project_deleted');
  });

  test('twice, also at once, deletes it once', async () => {
    const outcomes = await Promise.all([outcome(remove()), outcome(remove()), outcome(remove())]);
    expect(outcomes.sort()).toEqual([
      '200 project_deleted',
      '403 user_project_mapping_invalid',
      '403 user_project_mapping_invalid',
    ]);
    expect(await outcome(remove())).toBe('403 user_project_mapping_invalid');
    const erasures = (await listErasures(service)).filter((one) => one.project_id === tenant.projectId);
    expect(erasures).toHaveLength(1);
  });

  test('and reactivating it at the same moment leaves it deleted', async () => {
    const reactivate = service.http.post(paths.reactivateProject).set(tenant.headers).send({});
    const rename = service.http
      .post(paths.updateProject)
      .set(tenant.headers)
      .send({ project_name: 'Engine', project_domain: 'late.example.com' });
    await Promise.all([remove(), reactivate, rename]);
    const project = await service.deps.database.prisma.project.findUnique({
      where: { id: tenant.projectId },
    });
    expect(project).toMatchObject({ isActive: false, name: '', description: '', domain: '' });
  });

  test('is one transaction with its erasure and its row in the audit log', async () => {
    const before = await chain();
    const { prisma } = service.deps.database;
    await prisma.$executeRawUnsafe(
      `ALTER TABLE erasures ADD CONSTRAINT refuse CHECK (project_id <> '${tenant.projectId}') NOT VALID`,
    );
    try {
      expect(await outcome(remove())).toBe('500 server_error');
    } finally {
      await prisma.$executeRawUnsafe('ALTER TABLE erasures DROP CONSTRAINT refuse');
    }
    expect(await chain()).toEqual(before);
    expect(await outcome(createSession())).toBe('200 agent_session_created');
    expect(await outcome(remove())).toBe('200 project_deleted');
  });
});

describe('of a deleted project', () => {
  test('every credential is refused at once, and nobody sees it any more', async () => {
    const sdk = await createSdkKey(service, tenant);
    const member = await addMember(service, tenant);
    const guest = await createTenant(service);
    const token = await invite(service, tenant, guest.admin.email);
    const session = await createSession().expect(200);
    await remove().expect(200);
    const post = (path: string, headers: Record<string, string>, sent: object = {}) =>
      outcome(service.http.post(path).set(headers).send(sent));
    const theirs = memberHeaders(member, tenant.projectId);
    expect(await post(paths.sdkKey, { 'X-OTAS-SDK-KEY': sdk.key })).toBe('403 invalid_sdk_key');
    expect(await post(paths.agentKey, { 'X-OTAS-AGENT-KEY': agent.key })).toMatch(/^401/);
    expect(await outcome(createSession())).toMatch(/^401/);
    for (const headers of [tenant.headers, theirs]) {
      expect(await post(paths.mapping, headers)).toBe('400 user_project_mapping_invalid');
      const audit = service.http.get(auditPath).set(headers);
      expect(await outcome(audit)).toBe('403 user_project_mapping_invalid');
      expect(await post(paths.reactivateProject, headers)).toBe('403 user_project_mapping_invalid');
    }
    expect(await post(paths.acceptInvitation, userHeaders(guest.admin), { token })).toBe(
      '404 invitation_not_found',
    );
    for (const user of [tenant.admin, member]) {
      const list = await service.http.get(paths.projects).set(userHeaders(user)).expect(200);
      expect(list.body.response_body.projects).toEqual([]);
    }
    const ref = session.body.response.agent_session_id;
    expect(ref).toEqual(expect.any(String));
    const access = service.http.get('/api/agent/v1/access/').set({ 'X-OTAS-AGENT-KEY': agent.key });
    expect(await outcome(access.query({ agent_ref: `agt_${agent.id}` }))).toMatch(/^401/);
  });

  test('nothing but the audit log and the erasure is left, and of other projects everything', async () => {
    const other = await createTenant(service);
    const theirs = await createAgent(service, other);
    await service.http.post(paths.createSession).set({ 'X-OTAS-AGENT-KEY': theirs.key }).expect(200);
    const before = await countRows(other.projectId);
    await createSdkKey(service, tenant);
    await addMember(service, tenant);
    await invite(service, tenant, `${randomUUID()}@example.com`);
    for (let count = 0; count < 3; count++) await createSession().expect(200);
    await remove().expect(200);
    expect(await countRows(tenant.projectId)).toEqual({
      ...{ projects: 1, members: 0, invitations: 0, sdkKeys: 0 },
      ...{ agents: 1, agentKeys: 1, sessions: 3 },
    });
    await eraseRecords(service);
    const nothing = Object.fromEntries(Object.keys(before).map((name) => [name, 0]));
    expect(await countRows(tenant.projectId)).toEqual(nothing);
    expect(await countRows(other.projectId)).toEqual(before);
    const row = await service.deps.database.prisma.erasure.findFirst({
      where: { projectId: tenant.projectId },
    });
    expect(row?.erased).toEqual({
      ...{ members: 2, invitations: 1, sdk_keys: 1 },
      ...{ sessions: 3, agent_keys: 1, agents: 1 },
    });
  });

  test('the records are deleted no sooner than any request of before can have ended', async () => {
    await remove().expect(200);
    service.clock.now = new Date(Date.now() + 10_000);
    await service.deps.recordEraser.run();
    expect((await countRows(tenant.projectId)).agents).toBe(1);
  });

  test('the records are deleted by whoever comes next, when who began was cut in the middle', async () => {
    for (let count = 0; count < 3; count++) await createSession().expect(200);
    const { id } = (await remove().expect(200)).body.response_body.erasure;
    const { database, erasures } = service.deps;
    const finish = erasures.finish.bind(erasures);
    const cut = jest.spyOn(erasures, 'finish').mockImplementation((...args) => {
      return args[1] === id ? Promise.reject(new Error('cut')) : finish(...args);
    });
    await eraseRecords(service);
    expect(await countRows(tenant.projectId)).toMatchObject({ projects: 1, sessions: 0 });
    cut.mockRestore();
    await eraseRecords(service);
    expect(await countRows(tenant.projectId)).toMatchObject({ projects: 0 });
    const row = await database.prisma.erasure.findFirst({ where: { projectId: tenant.projectId } });
    expect(row?.erased).toMatchObject({ sessions: 3, agent_keys: 1, agents: 1 });
  });

  test('the chain of the audit log goes on to its erasure, and verifies', async () => {
    const { id } = (await remove().expect(200)).body.response_body.erasure;
    await eraseRecords(service);
    await reportErased(service, id, { backend_events: 7 }).expect(200);
    const rows = await chain();
    expect(rows.map(({ action }) => action)).toEqual([
      ...['project.created', 'agent.created', 'agent_key.created', 'project.deleted', 'project.erased'],
    ]);
    for (const row of rows) expect(hashOf(row)).toBe(row.hash);
    const program = join(__dirname, '..', 'dist', 'bin', 'verify-audit.js');
    const env = { DATABASE_URL: service.config.databaseUrl };
    const stdout = await new Promise<string>((resolve) => {
      execFile(process.execPath, [program], { env, maxBuffer: 2 ** 28 }, (_, text) => resolve(text));
    });
    const reports = stdout.split('\n').filter((line) => line.includes(tenant.projectId));
    expect(reports.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ chainId: tenant.projectId, rowCount: 5, faultCount: 0 }),
    ]);
  });
});
