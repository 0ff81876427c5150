import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { KeyRotation } from '../keys/keys.schemas';
import { newSuccessor } from '../keys/new-key';
import type { AgentKeyRotated } from './agent-keys.store';

/**
 * Gives a live key of an agent of the caller's project a successor, with the same name and scopes unless others are given;
 * the old key lives on for the overlap, but not past its own end.
 *
 * @throws ApiError 404 `agent_key_not_found`, also for a key that has ended, another project's and an inactive agent's; 409
 *   `agent_key_limit_reached` when the agent would have more than 100 live keys.
 */
export async function rotateAgentKey(
  deps: Pick<Deps, 'agentKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  rotation: KeyRotation,
): Promise<AgentKeyRotated & { apiKey: string; at: Date }> {
  const id = parseUuid(rotation.keyId);
  if (id === null) throw new ApiError('agent_key_not_found');
  const at = deps.now();
  const { endsAt, successorOf, apiKey } = newSuccessor(deps.apiKeys, 'agent', at, rotation);
  const outcome = await deps.agentKeys.rotate(changeBy(principal, at), id, endsAt, successorOf);
  if (typeof outcome === 'string') throw new ApiError(outcome);
  return { ...outcome, apiKey, at };
}
