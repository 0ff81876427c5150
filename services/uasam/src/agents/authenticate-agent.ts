import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Agent } from './agents.store';

/**
 * The active agent of the caller's project with this id, from a header (null: there was none).
 *
 * @throws ApiError 400 `missing_agent_id`; 404 `agent_not_found`, also for another project's agent.
 */
export async function authenticateAgent(
  deps: Pick<Deps, 'agents'>,
  { project }: MemberPrincipal,
  agentIdGiven: string | null,
): Promise<Agent> {
  if (agentIdGiven === null) throw new ApiError('missing_agent_id');
  const agentId = parseUuid(agentIdGiven);
  const agent = agentId === null ? null : await deps.agents.findActive(project.id, agentId);
  if (agent === null) throw new ApiError('agent_not_found');
  return agent;
}
