import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { AgentUpdate } from './agents.schemas';
import type { Agent } from './agents.store';

type ChangeDeps = Pick<Deps, 'agents' | 'now'>;

/**
 * Changes fields of an agent of the caller's project, be it active or not; those that are left out stay.
 *
 * @throws ApiError 404 `agent_not_found`, also for another project's agent.
 */
export async function updateAgent(
  deps: ChangeDeps,
  principal: MemberPrincipal,
  { agentId, fields }: AgentUpdate,
): Promise<Agent> {
  const change = changeBy(principal, deps.now());
  return found(agentId, (id) => deps.agents.update(change, id, fields));
}

/**
 * Switches an agent of the caller's project off or on. While it is off its keys are refused and it is not found; its keys
 * work again once it is on, those excepted that ended meanwhile.
 *
 * @throws ApiError 404 `agent_not_found`, also for another project's agent.
 */
export async function setAgentActive(
  deps: ChangeDeps,
  principal: MemberPrincipal,
  agentId: unknown,
  isActive: boolean,
): Promise<Agent> {
  const change = changeBy(principal, deps.now());
  return found(agentId, (id) => deps.agents.setActive(change, id, isActive));
}

async function found(agentId: unknown, change: (id: string) => Promise<Agent | null>): Promise<Agent> {
  const id = parseUuid(agentId);
  const agent = id === null ? null : await change(id);
  if (agent === null) throw new ApiError('agent_not_found');
  return agent;
}
