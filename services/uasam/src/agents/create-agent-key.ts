import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { AgentKey } from './agent-keys.store';
import { newAgentKey } from './new-agent-key';

/**
 * Gives an agent of the caller's project a new key and ends its earlier ones.
 *
 * @throws ApiError 404 `agent_not_found_or_invalid_id`, also for another project's agent and an inactive one.
 */
export async function createAgentKey(
  deps: Pick<Deps, 'agentKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  agentIdGiven: unknown,
): Promise<{ agentId: string; key: AgentKey; apiKey: string }> {
  const agentId = parseUuid(agentIdGiven);
  const change = changeBy(principal, deps.now());
  const { row, apiKey } = newAgentKey(deps.apiKeys, change.at);
  if (agentId === null || !(await deps.agentKeys.replace(change, agentId, row))) {
    throw new ApiError('agent_not_found_or_invalid_id');
  }
  return { agentId, key: row, apiKey };
}
