import { ApiError } from '@otas/errors';
import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Invitation } from './invitations.store';
import type { NewInvitation } from './members.schemas';

const lifetimeMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Invites whoever has an e-mail, be it known here or not, for 7 days, and ends an earlier invitation of the same e-mail.
 * `token` cannot be had again.
 *
 * @throws ApiError 409 `already_a_member`.
 */
export async function inviteMember(
  deps: Pick<Deps, 'invitations' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  fields: NewInvitation,
): Promise<{ invitation: Invitation; token: string }> {
  const change = changeBy(principal, deps.now());
  const { key: token, prefix, hash } = deps.apiKeys.create('invite');
  const times = { createdAt: change.at, expiresAt: new Date(change.at.getTime() + lifetimeMs) };
  const invitation = { id: uuidv7(), ...fields, invitedBy: principal.user.id, ...times };
  const isKept = await deps.invitations.create(change, { ...invitation, prefix, tokenHash: hash });
  if (!isKept) throw new ApiError('already_a_member');
  return { invitation, token };
}
