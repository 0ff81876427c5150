import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { RevokedSessions } from './sessions.schemas';

/**
 * Revokes a session of the caller's project, or all that were begun with a key, and gives how many were still going on.
 *
 * @throws ApiError 404 `session_not_found` or `agent_key_not_found`, also for another project's and for an id that is no UUID.
 */
export async function revokeSessions(
  deps: Pick<Deps, 'sessionEnds' | 'now'>,
  principal: MemberPrincipal,
  { of, id: given }: RevokedSessions,
): Promise<number> {
  const id = parseUuid(given);
  const change = changeBy(principal, deps.now());
  if (of === 'key') {
    const count = id === null ? null : await deps.sessionEnds.revokeAllOfKey(change, id);
    if (count === null) throw new ApiError('agent_key_not_found');
    return count;
  }
  const revoked = id === null ? null : await deps.sessionEnds.end(change, id, null, 'revoked');
  if (revoked === null) throw new ApiError('session_not_found');
  return revoked.isNew ? 1 : 0;
}
