/** A user with a project, an agent and a session of it, made through UASAM's API. */
export interface Tenant {
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKeyId: string;
  readonly sessionId: string;
  /** Headers of the agent that logs. */
  readonly agent: Readonly<Record<string, string>>;
  /** Headers of a person who reads. */
  readonly reader: Readonly<Record<string, string>>;
  readonly userToken: string;
}

export async function makeTenant(uasamUrl: string): Promise<Tenant> {
  const call = async (path: string, headers: Record<string, string>, body: object) => {
    const response = await fetch(uasamUrl + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever UASAM sent.
    return (await response.json()) as any;
  };
  const person = {
    first_name: 'Ada',
    last_name: 'Bench',
    email: 'ada@example.com',
    password: 'correct horse',
  };
  const userToken: string = (await call('/api/user/v1/create/', {}, person)).response_body.jwt_token;
  const user = { 'X-OTAS-USER-TOKEN': userToken };
  const project = await call('/api/project/v1/create/', user, { project_name: 'bench' });
  const projectId: string = project.response_body.project.id;
  const admin = { ...user, 'X-OTAS-PROJECT-ID': projectId };
  const agent = await call('/api/agent/v1/create/', admin, { agent_name: 'agent', agent_provider: 'bench' });
  const agentId: string = agent.response.agent.id;
  const key = { 'X-OTAS-AGENT-KEY': agent.response.agent_key.api_key as string };
  const session = await call('/api/agent/v1/session/create/', key, {});
  return {
    projectId,
    agentId,
    agentKeyId: agent.response.agent_key.id,
    sessionId: session.response.agent_session_id,
    agent: { ...key, 'X-OTAS-AGENT-SESSION-TOKEN': session.response.jwt_token },
    reader: { ...admin, 'X-OTAS-AGENT-ID': agentId },
    userToken,
  };
}
