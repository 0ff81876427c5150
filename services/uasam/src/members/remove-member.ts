import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import { type MemberPrincipal, privilege } from '../auth/principals';
import type { Deps } from '../deps';

/**
 * Removes a member of the caller's project, which an Admin may do with everybody and a Member with himself, and gives the
 * member's id.
 *
 * @throws ApiError 403 `forbidden`; 404 `member_not_found`; 409 `last_admin`.
 */
export async function removeMember(
  deps: Pick<Deps, 'members' | 'now'>,
  principal: MemberPrincipal,
  userId: unknown,
): Promise<string> {
  const id = parseUuid(userId);
  const mayRemove = principal.privilege === privilege.admin || id === principal.user.id;
  if (!mayRemove) throw new ApiError('forbidden');
  if (id === null) throw new ApiError('member_not_found');
  const outcome = await deps.members.remove(changeBy(principal, deps.now()), id);
  if (outcome !== 'done') throw new ApiError(outcome);
  return id;
}
