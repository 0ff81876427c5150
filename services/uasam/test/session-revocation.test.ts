import { randomUUID } from 'node:crypto';
import { readAudit } from './support/audit';
import { readRevocations } from './support/internal';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import { sessionsClient } from './support/sessions';
import {
  addMember,
  createAgent,
  createTenant,
  memberHeaders,
  type Tenant,
  type TestAgent,
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
afterAll(() => service.close());

const { begin, holder, end, revoke, statusOf } = sessionsClient(
  () => service,
  () => tenant,
  () => agent,
);

describe('revocation', () => {
  test('of one session counts it once, and does not touch one that has ended', async () => {
    const [first, second] = [await begin(), await begin()];
    const answer = await revoke({ session_id: first.agent_session_id });
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 1, status_description: 'agent_sessions_revoked', response: { revoked: 1 } },
    ]);
    expect((await revoke({ session_id: first.agent_session_id })).body.response).toEqual({ revoked: 0 });
    await end(holder(second.jwt_token)).expect(200);
    expect((await revoke({ session_id: second.agent_session_id })).body.response).toEqual({ revoked: 0 });
    expect([await statusOf(first.agent_session_id), await statusOf(second.agent_session_id)]).toEqual([
      'revoked',
      'ended',
    ]);
  });

  test('of a key ends all of its sessions that go on, and no others, and is told as the key', async () => {
    const sibling = await createAgent(service, tenant);
    const [first, second, ended] = [await begin(), await begin(), await begin()];
    const siblings = await begin(sibling);
    await end(holder(ended.jwt_token)).expect(200);
    const { cursor } = await readRevocations(service);
    const body = { agent_key_id: agent.keyId };
    expect((await revoke(body).expect(200)).body.response).toEqual({ revoked: 2 });
    expect((await revoke(body).expect(200)).body.response).toEqual({ revoked: 0 });
    for (const one of [first, second]) expect(await statusOf(one.agent_session_id)).toBe('revoked');
    expect(await statusOf(ended.agent_session_id)).toBe('ended');
    expect((await end(holder(siblings.jwt_token, sibling))).body.response.session.status).toBe('ended');
    const { revocations } = await readRevocations(service, cursor);
    expect(revocations.map(({ kind, id }) => `${kind} ${id}`)).toContain(`agent_key ${agent.keyId}`);
    const [row] = await readAudit(service, tenant.headers, { action: 'agent_key.sessions_revoked' });
    expect(row).toMatchObject({ target: { kind: 'agent_key', id: agent.keyId }, after: { count: 2 } });
    // The key itself is as it was.
    await begin();
  });

  test('of a key is for Admins, and for keys of their project', async () => {
    const other = await createTenant(service);
    const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
    const body = { agent_key_id: agent.keyId };
    expect(await outcome(revoke(body, member))).toBe('403 forbidden');
    expect(await outcome(revoke(body, other.headers))).toBe('404 agent_key_not_found');
    for (const agent_key_id of [randomUUID(), 'x', 5]) {
      expect(await outcome(revoke({ agent_key_id }))).toBe('404 agent_key_not_found');
    }
    for (const wrong of [{}, { session_id: randomUUID(), ...body }, { session_id: ' ' }]) {
      expect(await outcome(revoke(wrong))).toBe('400 invalid_request');
    }
  });
});
