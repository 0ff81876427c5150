import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { readRevocations } from './support/internal';
import { makeJwt } from './support/jwt';
import { outcome } from './support/outcome';
import { startTestService, type TestService, testEnvironment } from './support/service';
import { sessionsClient } from './support/sessions';
import {
  addMember,
  createAgent,
  createTenant,
  deactivateAgent,
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
  service.clock.now = null;
});
afterAll(() => service.close());

type Headers = Record<string, string>;

const { begin, holder, end, revoke, statusOf } = sessionsClient(
  () => service,
  () => tenant,
  () => agent,
);

describe('the end of a session', () => {
  test('is what its agent asks for with the token, and answers the session as it is then', async () => {
    const { agent_session_id: id, jwt_token: token } = await begin(agent, { task: 'x' });
    service.clock.now = new Date();
    const answer = await end(holder(token));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'agent_session_ended',
      response: {
        session: {
          id,
          agent_key_id: agent.keyId,
          created_at: expect.stringMatching(/\+00:00$/),
          session_ref: `ase_${id}`,
          meta: { task: 'x' },
          status: 'ended',
          ended_at: service.clock.now.toISOString().replace('Z', '000+00:00'),
          expires_at: expect.stringMatching(/\.000000\+00:00$/),
        },
      },
    });
    service.clock.now = null;
    const again = await end(holder(token), { session_id: id.toUpperCase() });
    expect([again.status, again.body]).toEqual([200, answer.body]);
    expect(await statusOf(id)).toBe('ended');
  });

  test('is what an Admin of the project asks for by its id, also of an inactive agent', async () => {
    const { agent_session_id: id } = await begin();
    await deactivateAgent(service, agent.id);
    const answer = await end(tenant.headers, { session_id: id });
    expect([answer.status, answer.body.response.session.status]).toEqual([200, 'ended']);
    expect((await end(tenant.headers, { session_id: id })).body).toEqual(answer.body);
  });

  test('is audited once, with who it was, and told to other services once', async () => {
    const { cursor } = await readRevocations(service);
    const [own, other] = [await begin(), await begin()];
    for (const _ of [1, 2]) {
      await end(holder(own.jwt_token)).set('X-Request-Id', 'the-end').expect(200);
      await end(tenant.headers, { session_id: other.agent_session_id }).expect(200);
    }
    const rows = (await readAudit(service, tenant.headers)).filter(({ target }) => target.kind === 'session');
    const seen = rows.map(({ action, principal, target, request_id }) => ({
      action,
      principal,
      id: target.id,
      request_id,
    }));
    expect(seen).toEqual([
      {
        action: 'session.ended',
        principal: { kind: 'user', id: tenant.admin.id },
        id: other.agent_session_id,
        request_id: expect.any(String),
      },
      {
        action: 'session.ended',
        principal: { kind: 'agent_key', id: agent.keyId },
        id: own.agent_session_id,
        request_id: 'the-end',
      },
    ]);
    expect(rows[0]?.before).toMatchObject({ agent_id: agent.id, ended_at: null });
    expect(rows[0]?.after).toMatchObject({ agent_id: agent.id, ended_at: expect.any(String) });
    const { revocations } = await readRevocations(service, cursor);
    const ids = revocations.filter(({ kind }) => kind === 'session').map(({ id }) => id);
    expect(ids.filter((id) => [own, other].some((one) => one.agent_session_id === id))).toHaveLength(2);
  });

  test('leaves a session that expired or was revoked as it is', async () => {
    const [revoked, expired] = [await begin(), await begin()];
    await revoke({ session_id: revoked.agent_session_id }).expect(200);
    const answer = await end(holder(revoked.jwt_token));
    expect([answer.status, answer.body.response.session.status]).toEqual([200, 'revoked']);
    service.clock.now = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
    const late = await end(tenant.headers, { session_id: expired.agent_session_id });
    expect([late.status, late.body.response.session]).toMatchObject([
      200,
      { status: 'expired', ended_at: null },
    ]);
  });

  test('is refused to an agent without its key, the scope or the token of a session of its own', async () => {
    const { agent_session_id: id, jwt_token: token } = await begin();
    const sibling = await createAgent(service, tenant);
    const stranger = await createAgent(service, await createTenant(service));
    const secret = testEnvironment.SESSION_TOKEN_SECRETS;
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      agent_session_id: id,
      agent_id: agent.id,
      project_id: tenant.projectId,
      iat,
      exp: iat + 60,
    };
    const forged = 'another secret of at least 32 characters';
    const cases: [Headers, string][] = [
      [holder(token, { ...agent, key: 'agent_abc_def' }), '401 invalid_agent_key'],
      [{ 'X-OTAS-AGENT-KEY': agent.key }, '401 missing_agent_session_token'],
      [holder('x'), '401 invalid_or_expired_token'],
      [holder(tenant.admin.token), '401 invalid_or_expired_token'],
      [holder(makeJwt(claims, forged)), '401 invalid_or_expired_token'],
      [holder(makeJwt({ ...claims, exp: iat - 1 }, secret)), '401 invalid_or_expired_token'],
      [holder(makeJwt({ ...claims, agent_session_id: 'x' }, secret)), '401 invalid_or_expired_token'],
      [holder(token, sibling), '403 session_agent_mismatch'],
      [holder(token, stranger), '403 session_agent_mismatch'],
      [holder(makeJwt({ ...claims, agent_session_id: randomUUID() }, secret)), '404 session_not_found'],
      // A token that names the agent, and a session that is another's.
      [holder(makeJwt({ ...claims, agent_id: sibling.id }, secret), sibling), '404 session_not_found'],
    ];
    for (const [headers, expected] of cases) expect(await outcome(end(headers))).toBe(expected);
    expect(await outcome(end(holder(token), { session_id: randomUUID() }))).toBe('400 invalid_request');
    await service.deps.database.prisma.agentKey.updateMany({
      where: { id: agent.keyId },
      data: { scopes: ['read'] },
    });
    expect(await outcome(end(holder(token)))).toBe('403 insufficient_scope');
    expect(await statusOf(id)).toBe('active');
  });

  test("is refused to whoever is no Admin of the session's project", async () => {
    const { agent_session_id: session_id } = await begin();
    const other = await createTenant(service);
    const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
    for (const request of [end, (headers: Headers, body: object) => revoke(body, headers)]) {
      const cases: [Headers, object, string][] = [
        [{}, { session_id }, '400 missing_headers'],
        [userHeaders(tenant.admin), { session_id }, '400 missing_headers'],
        [memberHeaders(other.admin, tenant.projectId), { session_id }, '403 user_project_mapping_invalid'],
        [member, { session_id }, '403 forbidden'],
        [other.headers, { session_id }, '404 session_not_found'],
        [tenant.headers, { session_id: randomUUID() }, '404 session_not_found'],
        [tenant.headers, { session_id: 'x\u0000' }, '404 session_not_found'],
        [tenant.headers, { session_id: { a: 1 } }, '404 session_not_found'],
      ];
      for (const [headers, body, expected] of cases) {
        expect(await outcome(request(headers, body))).toBe(expected);
      }
    }
    expect(await outcome(end(tenant.headers))).toBe('400 session_id is required');
    expect(await outcome(end(tenant.headers).type('application/json').send('{'))).toBe('400 invalid_json');
    expect(await statusOf(session_id)).toBe('active');
  });
});

/** How many transactions are under way at once at most from now on. */
function countTransactions(): { readonly most: number } {
  const { prisma } = service.deps.database;
  const begin = prisma.$transaction.bind(prisma) as (work: unknown) => Promise<unknown>;
  const count = { underWay: 0, most: 0 };
  jest.spyOn(prisma, '$transaction').mockImplementation(async (work: unknown) => {
    count.most = Math.max(count.most, ++count.underWay);
    return begin(work).finally(() => count.underWay--);
  });
  return count;
}

describe('many at once', () => {
  afterEach(() => jest.restoreAllMocks());

  test('100 sessions of one project end at once, all of them, while another project is served', async () => {
    const sessions = [];
    for (let n = 0; n < 100; n++) sessions.push(await begin());
    const other = await createTenant(service);
    const transactions = countTransactions();
    let isEnding = true;
    const answers = Promise.all(sessions.map(({ jwt_token: token }) => end(holder(token)))).finally(() => {
      isEnding = false;
    });
    const others: string[] = [];
    while (isEnding) {
      others.push(
        await outcome(
          service.http
            .post(paths.createAgent)
            .set(other.headers)
            .send({ agent_name: 'a', agent_provider: 'b' }),
        ),
      );
    }
    expect((await answers).map(({ status }) => status)).toEqual(Array(100).fill(200));
    expect(new Set(others)).toEqual(new Set(['201 agent_created']));
    // One connection for each project: the others are free.
    expect(transactions.most).toBeLessThanOrEqual(2);
    const verified = await service.http.get('/api/project/v1/audit/verify/').set(tenant.headers).expect(200);
    expect(verified.body.response_body).toMatchObject({ is_intact: true, fault_count: 0 });
    expect(verified.body.response_body.count).toBeGreaterThan(100);
  });

  test('100 requests that end the same session are one end', async () => {
    const { jwt_token: token } = await begin();
    const answers = await Promise.all(Array.from({ length: 100 }, () => end(holder(token))));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const rows = await readAudit(service, tenant.headers, { action: 'session.ended' });
    expect(rows).toHaveLength(1);
  });
});
