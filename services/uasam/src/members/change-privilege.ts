import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { PrivilegeChange } from './members.schemas';

/**
 * Gives a member of the caller's project another privilege, and gives the member's id.
 *
 * @throws ApiError 404 `member_not_found`; 409 `last_admin`; 403 `forbidden` when the caller is no Admin any more.
 */
export async function changePrivilege(
  deps: Pick<Deps, 'members' | 'now'>,
  principal: MemberPrincipal,
  { userId, privilege }: PrivilegeChange,
): Promise<string> {
  const id = parseUuid(userId);
  if (id === null) throw new ApiError('member_not_found');
  const outcome = await deps.members.setPrivilege(changeBy(principal, deps.now()), id, privilege);
  if (outcome !== 'done') throw new ApiError(outcome);
  return id;
}
