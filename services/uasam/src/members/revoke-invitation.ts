import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

/**
 * Ends an invitation of the caller's project and gives its id.
 *
 * @throws ApiError 404 `invitation_not_found`, also for one that was accepted.
 */
export async function revokeInvitation(
  deps: Pick<Deps, 'invitations' | 'now'>,
  principal: MemberPrincipal,
  invitationId: unknown,
): Promise<string> {
  const id = parseUuid(invitationId);
  if (id === null || !(await deps.invitations.revoke(changeBy(principal, deps.now()), id))) {
    throw new ApiError('invitation_not_found');
  }
  return id;
}
