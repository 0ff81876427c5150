/** A session and whose it is; ids are canonical UUIDs. */
export interface AgentSession {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

/** The condition of every query on the events of an {@link AgentSession}: the tenant first. */
export const ofSession = `project_id = {projectId:UUID} AND agent_id = {agentId:UUID}
  AND agent_session_id = {sessionId:UUID}`;

/** The parameters of {@link ofSession}. */
export function sessionParameters({ projectId, agentId, sessionId }: AgentSession) {
  return { projectId, agentId, sessionId };
}
