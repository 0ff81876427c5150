import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import { newKey } from '../keys/new-key';
import type { NewAgentKey } from './agent-keys.schemas';
import type { CreatedAgentKey } from './create-agent-key';

/**
 * Gives an agent of the caller's project one more key beside those that it has.
 *
 * @throws ApiError 404 `agent_not_found_or_invalid_id`, also for another project's agent and an inactive one; 409
 *   `agent_key_limit_reached` when the agent has 100 live keys.
 */
export async function addAgentKey(
  deps: Pick<Deps, 'agentKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  { agentId: agentIdGiven, options }: NewAgentKey,
): Promise<CreatedAgentKey> {
  const agentId = parseUuid(agentIdGiven);
  if (agentId === null) throw new ApiError('agent_not_found_or_invalid_id');
  const change = changeBy(principal, deps.now());
  const { row, apiKey } = newKey(deps.apiKeys, 'agent', change.at, options);
  const outcome = await deps.agentKeys.add(change, agentId, row);
  if (outcome !== 'done') throw new ApiError(outcome);
  return { agentId, key: row, apiKey };
}
