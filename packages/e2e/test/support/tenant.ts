import { randomUUID } from 'node:crypto';
import { type Answer, send } from './http';

/** Where the services are. */
export interface Addresses {
  readonly uasam: { readonly url: string };
  readonly brain: { readonly url: string };
}

/** A user with a project, an agent and a session of it; made through the API, a new one for each test. */
export interface Tenant {
  readonly userId: string;
  readonly email: string;
  readonly userToken: string;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKey: string;
  readonly agentKeyId: string;
  readonly sdkKey: string;
  readonly sdkKeyId: string;
  readonly sessionId: string;
  readonly sessionToken: string;
  /** Headers of a person who reads. */
  readonly reader: Record<string, string>;
  /** Headers of the agent that logs. */
  readonly agent: Record<string, string>;
  /** Headers of the back end that logs. */
  readonly backEnd: Record<string, string>;
}

/** That of every tenant's user. */
export const password = 'correct horse';

export async function makeTenant({ uasam }: Pick<Addresses, 'uasam'>): Promise<Tenant> {
  const call = async (
    path: string,
    headers: Record<string, string>,
    body: unknown,
  ): Promise<Answer['body']> => {
    const answer = await send('POST', `${uasam.url}${path}`, headers, body);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const email = `${randomUUID()}@example.com`;
  const signedUp = await call(
    '/api/user/v1/create/',
    {},
    {
      first_name: 'Ada',
      last_name: 'Test',
      email,
      password,
    },
  );
  const userToken: string = signedUp.response_body.jwt_token;
  const user = { 'X-OTAS-USER-TOKEN': userToken };
  const project = await call('/api/project/v1/create/', user, { project_name: 'test' });
  const projectId: string = project.response_body.project.id;
  const admin = { ...user, 'X-OTAS-PROJECT-ID': projectId };
  const agent = await call('/api/agent/v1/create/', admin, { agent_name: 'agent', agent_provider: 'test' });
  const agentKey: string = agent.response.agent_key.api_key;
  const agentId: string = agent.response.agent.id;
  const sdk = await call('/api/project/v1/sdk/backend/key/create/', admin, { validity: 1 });
  const sdkKey: string = sdk.response_body.api_key;
  const session = await call('/api/agent/v1/session/create/', { 'X-OTAS-AGENT-KEY': agentKey }, {});
  const sessionToken: string = session.response.jwt_token;
  const token = { 'X-OTAS-AGENT-SESSION-TOKEN': sessionToken };
  return {
    userId: signedUp.response_body.user.id,
    email,
    userToken,
    projectId,
    agentId,
    agentKey,
    agentKeyId: agent.response.agent_key.id,
    sdkKey,
    sdkKeyId: sdk.response_body.id,
    sessionId: session.response.agent_session_id,
    sessionToken,
    reader: { ...admin, 'X-OTAS-AGENT-ID': agentId },
    agent: { 'X-OTAS-AGENT-KEY': agentKey, ...token },
    backEnd: { 'X-OTAS-SDK-KEY': sdkKey, ...token },
  };
}

/** The least that a captured event needs. */
export function minimalEvent(tenant: Pick<Tenant, 'projectId'>): Record<string, unknown> {
  return { project_id: tenant.projectId, path: '/a', method: 'GET', status_code: 200, latency_ms: 1.5 };
}

/** The events of the tenant's session, in the order in which they are answered; all pages. */
export async function readSession(
  { brain }: Pick<Addresses, 'brain'>,
  tenant: Tenant,
): Promise<Answer['body'][]> {
  const events: Answer['body'][] = [];
  let cursor = '';
  do {
    const url = `${brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}&limit=500${cursor}`;
    const answer = await send('GET', url, tenant.reader);
    if (answer.status !== 200) throw new Error(`the session answered ${answer.status}: ${answer.text}`);
    events.push(...answer.body.events);
    cursor = answer.body.next_cursor === undefined ? '' : `&cursor=${answer.body.next_cursor}`;
  } while (cursor !== '');
  return events;
}
