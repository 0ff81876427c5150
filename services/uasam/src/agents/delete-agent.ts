import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewErasure } from '../erasures/erasures.store';

/**
 * Deletes an agent of the caller's project for good, with its keys, sessions and all that was recorded of them.
 *
 * @param agentId as it was sent
 * @throws ApiError 404 `agent_not_found`, also for another project's agent and for one that was deleted.
 */
export async function deleteAgent(
  { agents, now }: Pick<Deps, 'agents' | 'now'>,
  principal: MemberPrincipal,
  agentId: unknown,
): Promise<NewErasure> {
  const id = parseUuid(agentId);
  const erasure = id === null ? null : await agents.delete(changeBy(principal, now()), id, uuidv7());
  if (erasure === null) throw new ApiError('agent_not_found');
  return erasure;
}
