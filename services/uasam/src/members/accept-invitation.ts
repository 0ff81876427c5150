import { ApiError } from '@otas/errors';
import { authorOf } from '../audit/change';
import type { UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

/**
 * Makes the caller a member of the project that invited his e-mail.
 *
 * @throws ApiError 404 `invitation_not_found`, whatever is wrong: a token that is none, was replaced, revoked or used, has
 *   expired, or was made for another e-mail or by a project that is inactive.
 */
export async function acceptInvitation(
  { invitations, apiKeys, now }: Pick<Deps, 'invitations' | 'apiKeys' | 'now'>,
  principal: UserPrincipal,
  token: unknown,
): Promise<{ projectId: string; privilege: number }> {
  const prefix = typeof token === 'string' ? apiKeys.prefixOf(token, 'invite') : null;
  const found = prefix === null ? null : await invitations.findByPrefix(prefix);
  const isMeant =
    found !== null &&
    apiKeys.matches(token as string, found.tokenHash) &&
    found.email === principal.user.email;
  if (!isMeant) throw new ApiError('invitation_not_found');
  const { id, projectId, privilege } = found;
  const change = { projectId, by: authorOf(principal), at: now() };
  if (!(await invitations.accept(change, id, principal.user.id))) throw new ApiError('invitation_not_found');
  return { projectId, privilege };
}
