import { randomUUID } from 'node:crypto';
import { internalEndpoints, publicEndpoints } from '../src/routes';
import { countAudit } from './support/audit';
import { eraseRecords, erasurePaths } from './support/erasures';
import { internalPaths, serviceHeaders } from './support/internal';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  createUser,
  invite,
  newUserBody,
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
  tenant = await createTenant(service);
  agent = await createAgent(service, tenant);
});
afterAll(() => service.close());

const newSession = async (): Promise<string> => {
  const { key } = await createAgent(service, tenant);
  const request = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key);
  return (await request.expect(200)).body.response.agent_session_id;
};

/** What is sent to make each change once. */
const changes: Record<string, () => object | Promise<object>> = {
  [paths.signUp]: newUserBody,
  [paths.edit]: () => ({ first_name: 'Augusta', last_name: 'King' }),
  [paths.createProject]: () => ({ project_name: 'Engine' }),
  [paths.updateProject]: () => ({ project_name: 'Difference Engine' }),
  [paths.retention]: () => ({ retention_days: 30 }),
  [paths.deactivateProject]: () => ({}),
  [paths.reactivateProject]: () => ({}),
  [paths.invite]: () => ({ email: 'new@example.com' }),
  [paths.revokeInvitation]: async () => {
    const request = service.http.post(paths.invite).set(tenant.headers).send({ email: 'other@example.com' });
    return { invitation_id: (await request.expect(201)).body.response_body.invitation.id };
  },
  [paths.acceptInvitation]: async () => {
    const other = await createTenant(service);
    return { token: await invite(service, other, tenant.admin.email) };
  },
  [paths.memberPrivilege]: async () => ({ user_id: (await addMember(service, tenant)).id, privilege: 1 }),
  [paths.removeMember]: async () => ({ user_id: (await addMember(service, tenant)).id }),
  [paths.createSdkKey]: () => ({ validity: 1 }),
  [paths.rotateSdkKey]: async () => ({ sdk_key_id: (await createSdkKey(service, tenant)).id }),
  [paths.revokeSdkKey]: async () => ({ sdk_key_id: (await createSdkKey(service, tenant)).id }),
  [paths.createAgent]: () => ({ agent_name: 'Scout', agent_provider: 'acme' }),
  [paths.createAgentKey]: () => ({ agent_id: agent.id }),
  [paths.addAgentKey]: () => ({ agent_id: agent.id }),
  [paths.rotateAgentKey]: async () => ({ agent_key_id: (await createAgent(service, tenant)).keyId }),
  [paths.revokeAgentKey]: async () => ({ agent_key_id: (await createAgent(service, tenant)).keyId }),
  [paths.updateAgent]: () => ({ agent_id: agent.id, agent_name: 'Ranger' }),
  [paths.deactivateAgent]: () => ({ agent_id: agent.id }),
  [paths.reactivateAgent]: () => ({ agent_id: agent.id }),
  [paths.deleteAgent]: async () => ({ agent_id: (await createAgent(service, tenant)).id }),
  [paths.deleteSession]: async () => ({ session_id: await newSession() }),
  [paths.endSession]: async () => ({ session_id: await newSession() }),
  [paths.revokeSession]: async () => ({ session_id: await newSession() }),
  [erasurePaths.done]: async () => {
    const { headers } = await createTenant(service);
    const request = service.http.post(paths.deleteProject).set(headers).send({ project_name: 'Engine' });
    const { id } = (await request.expect(200)).body.response_body.erasure;
    await eraseRecords(service);
    return { id, erased: {} };
  },
  // The last one of the project.
  [paths.deleteProject]: () => ({ project_name: 'Difference Engine' }),
  [paths.password]: () => ({ password: 'another horse' }),
  [paths.logOutEverywhere]: () => ({}),
};

/** These end the token with which they are sent. */
const ending: readonly string[] = [paths.password, paths.logOutEverywhere];

/** Those that change nothing; a session's creation is not audited, since it is what agents do all day. */
const others: readonly string[] = [
  paths.login,
  paths.user,
  paths.mapping,
  paths.mappingToo,
  paths.sdkKey,
  paths.agentKey,
  paths.agent,
  paths.createSession,
  internalPaths.authorize,
];

test('every endpoint that is not read with GET is known here as one that changes something, or as one that does not', () => {
  const endpoints = [...publicEndpoints(service.deps), ...internalEndpoints(service.deps)];
  const writing = endpoints.filter((one) => one.methods.some((method) => method !== 'GET'));
  expect(writing.map((one) => one.path).sort()).toEqual([...Object.keys(changes), ...others].sort());
});

const headersFor = (path: string): Record<string, string> => {
  if (path === erasurePaths.done) return serviceHeaders;
  return path === paths.createProject ? userHeaders(tenant.admin) : tenant.headers;
};

test.each(Object.keys(changes))('%s leaves a row in the audit log', async (path) => {
  const body = await changes[path]?.();
  const headers = ending.includes(path) ? userHeaders(await createUser(service)) : headersFor(path);
  const requestId = randomUUID();
  const answer = await service.http
    .post(path)
    .set({ ...headers, 'X-Request-Id': requestId })
    .send(body);
  expect([answer.status, answer.body.status]).toEqual([answer.status < 300 ? answer.status : 200, 1]);
  expect(await countAudit(service, requestId)).toBeGreaterThan(0);
});
