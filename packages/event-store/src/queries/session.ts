/** One session of an agent. Ids are canonical UUIDs. */
export interface SessionScope {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

/** The rows of a {@link SessionScope}, the tenant first. */
export const ofSession =
  'project_id = {projectId:UUID} AND agent_id = {agentId:UUID} AND agent_session_id = {sessionId:UUID}';
