import { randomUUID } from 'node:crypto';
import type { TestService } from './service';

/** A user with a token. */
export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** A project and its Admin, and the headers with which the Admin calls. */
export interface Tenant {
  readonly admin: TestUser;
  readonly projectId: string;
  readonly headers: Record<string, string>;
}

export interface TestAgent {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
}

export const paths = {
  signUp: '/api/user/v1/create/',
  login: '/api/user/v1/login/',
  user: '/api/user/v1/authenticate/',
  edit: '/api/user/v1/edit/',
  password: '/api/user/v1/reset-password/update/',
  logOutEverywhere: '/api/user/v1/logout-everywhere/',
  createProject: '/api/project/v1/create/',
  projects: '/api/project/v1/list/',
  updateProject: '/api/project/v1/update/',
  deactivateProject: '/api/project/v1/deactivate/',
  reactivateProject: '/api/project/v1/reactivate/',
  retention: '/api/project/v1/retention/',
  deleteProject: '/api/project/v1/delete/',
  mapping: '/api/project/v1/authenticate/',
  mappingToo: '/api/user-project/v1/authenticate/',
  members: '/api/project/v1/members/list/',
  invite: '/api/project/v1/members/invite/',
  revokeInvitation: '/api/project/v1/members/invite/revoke/',
  acceptInvitation: '/api/project/v1/members/accept/',
  memberPrivilege: '/api/project/v1/members/privilege/',
  removeMember: '/api/project/v1/members/remove/',
  createSdkKey: '/api/project/v1/sdk/backend/key/create/',
  sdkKeys: '/api/project/v1/sdk/backend/key/list/',
  rotateSdkKey: '/api/project/v1/sdk/backend/key/rotate/',
  revokeSdkKey: '/api/project/v1/sdk/backend/key/revoke/',
  sdkKey: '/api/project/v1/sdk/backend/key/authenticate/',
  createAgent: '/api/agent/v1/create/',
  agents: '/api/agent/v1/list/',
  updateAgent: '/api/agent/v1/update/',
  deactivateAgent: '/api/agent/v1/deactivate/',
  reactivateAgent: '/api/agent/v1/reactivate/',
  deleteAgent: '/api/agent/v1/delete/',
  createAgentKey: '/api/agent/v1/agents/key/create/',
  addAgentKey: '/api/agent/v1/agents/key/add/',
  rotateAgentKey: '/api/agent/v1/agents/key/rotate/',
  agentKeys: '/api/agent/v1/agents/key/list/',
  revokeAgentKey: '/api/agent/v1/agents/key/revoke/',
  agentKey: '/api/agent/v1/auth/verify/',
  agent: '/api/agent/v1/user/authenticate/',
  manifest: '/api/agent/v1/manifest/',
  createSession: '/api/agent/v1/session/create/',
  endSession: '/api/agent/v1/session/end/',
  revokeSession: '/api/agent/v1/session/revoke/',
  deleteSession: '/api/agent/v1/session/delete/',
  sessions: '/api/agent/v1/sessions/list/',
} as const;

export function newUserBody(): Record<string, unknown> {
  const email = `${randomUUID()}@example.com`;
  return { first_name: 'Ada', last_name: 'Lovelace', email, password: 'correct horse' };
}

export async function createUser({ http }: TestService): Promise<TestUser> {
  const body = newUserBody();
  const answer = await http.post(paths.signUp).send(body).expect(200);
  const { user, jwt_token: token } = answer.body.response_body;
  return { id: user.id, email: user.email, password: body.password as string, token };
}

export function userHeaders(user: TestUser): Record<string, string> {
  return { 'X-OTAS-USER-TOKEN': user.token };
}

export function memberHeaders(user: TestUser, projectId: string): Record<string, string> {
  return { ...userHeaders(user), 'X-OTAS-PROJECT-ID': projectId };
}

/** A fresh user with a fresh project. */
export async function createTenant(service: TestService): Promise<Tenant> {
  const admin = await createUser(service);
  const answer = await service.http
    .post(paths.createProject)
    .set(userHeaders(admin))
    .send({ project_name: 'Engine' })
    .expect(201);
  const projectId = answer.body.response_body.project.id;
  return { admin, projectId, headers: memberHeaders(admin, projectId) };
}

/** The token of an invitation to the tenant's project. */
export async function invite(
  service: TestService,
  tenant: Tenant,
  email: string,
  privilege = 2,
): Promise<string> {
  const request = service.http.post(paths.invite).set(tenant.headers);
  return (await request.send({ email, privilege }).expect(201)).body.response_body.token;
}

/** A fresh user who is a member of the tenant's project, with privilege 2 unless said otherwise. */
export async function addMember(service: TestService, tenant: Tenant, privilege = 2): Promise<TestUser> {
  const user = await createUser(service);
  const token = await invite(service, tenant, user.email, privilege);
  await service.http.post(paths.acceptInvitation).set(userHeaders(user)).send({ token }).expect(200);
  return user;
}

export async function createAgent(service: TestService, tenant: Tenant): Promise<TestAgent> {
  const answer = await service.http
    .post(paths.createAgent)
    .set(tenant.headers)
    .send({ agent_name: 'Scout', agent_provider: 'acme' })
    .expect(201);
  const { agent, agent_key: key } = answer.body.response;
  return { id: agent.id, keyId: key.id, key: key.api_key };
}

/** The whole SDK key and its id. */
export async function createSdkKey(
  service: TestService,
  tenant: Tenant,
  validity = 30,
): Promise<{ id: string; key: string }> {
  const answer = await service.http
    .post(paths.createSdkKey)
    .set(tenant.headers)
    .send({ validity })
    .expect(201);
  return { id: answer.body.response_body.id, key: answer.body.response_body.api_key };
}

export async function deactivateProject(service: TestService, projectId: string): Promise<void> {
  await service.deps.database.prisma.project.update({ where: { id: projectId }, data: { isActive: false } });
}

export async function deactivateAgent(service: TestService, agentId: string): Promise<void> {
  await service.deps.database.prisma.agent.update({ where: { id: agentId }, data: { isActive: false } });
}

export async function deactivateMember(service: TestService, tenant: Tenant): Promise<void> {
  const userId_projectId = { userId: tenant.admin.id, projectId: tenant.projectId };
  await service.deps.database.prisma.projectMember.update({
    where: { userId_projectId },
    data: { isActive: false },
  });
}
