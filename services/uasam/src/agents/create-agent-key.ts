import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Key } from '../keys/key';
import { newKey } from '../keys/new-key';
import type { NewAgentKey } from './agent-keys.schemas';

export interface CreatedAgentKey {
  readonly agentId: string;
  readonly key: Key;
  /** The whole key, which cannot be had again. */
  readonly apiKey: string;
}

/**
 * Gives an agent of the caller's project a new key and ends its earlier ones.
 *
 * @throws ApiError 404 `agent_not_found_or_invalid_id`, also for another project's agent and an inactive one.
 */
export async function createAgentKey(
  deps: Pick<Deps, 'agentKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  { agentId: agentIdGiven, options }: NewAgentKey,
): Promise<CreatedAgentKey> {
  const agentId = parseUuid(agentIdGiven);
  const change = changeBy(principal, deps.now());
  const { row, apiKey } = newKey(deps.apiKeys, 'agent', change.at, options);
  if (agentId === null || !(await deps.agentKeys.replace(change, agentId, row))) {
    throw new ApiError('agent_not_found_or_invalid_id');
  }
  return { agentId, key: row, apiKey };
}
