import { ApiError } from '@otas/errors';
import { type KeyScope, privilege } from '../auth/principals';
import { statusOf } from '../sessions/session-status';
import type { Session } from '../sessions/sessions.store';
import type { Caller } from './authenticate-caller';

/**
 * What somebody wants to do: `capture` writes the record of a session, `read` reads records, `edit` hides or deletes them,
 * `administer` is for what only Admins do, `identify` only asks who it is.
 */
export const accessActions = ['identify', 'capture', 'read', 'edit', 'administer'] as const;

export type AccessAction = (typeof accessActions)[number];

/** Where a caller wants to do it. */
export interface Place {
  /** The user's privilege in the project; null for a key, and without a project. */
  readonly privilege: number | null;
  readonly session: Session | null;
}

/**
 * The one place that decides who may do what, once it is known who asks and that he reaches what he asks for.
 *
 * @throws ApiError 403 `session_ended` when the record of a session that is over would be written; 403
 *   `insufficient_scope` for a key that lacks the scope; 403 `forbidden`.
 */
export function assertAllowed(caller: Caller, action: AccessAction, place: Place, now: Date): void {
  const writesOwnRecord = action === 'capture' || (action === 'edit' && caller.kind === 'agent_key');
  const { session } = place;
  if (writesOwnRecord && session !== null && statusOf(session, now) !== 'active') {
    throw new ApiError('session_ended');
  }
  if (caller.kind === 'user') assertUserMay(action, place.privilege);
  else assertKeyMay(caller.kind, action, caller.scopes ?? []);
}

function assertUserMay(action: AccessAction, ownPrivilege: number | null): void {
  const needsAdmin = action === 'edit' || action === 'administer';
  // The record is what agents and back ends write, never a person.
  if (action === 'capture' || (needsAdmin && ownPrivilege !== privilege.admin))
    throw new ApiError('forbidden');
}

function assertKeyMay(
  kind: 'sdk_key' | 'agent_key',
  action: AccessAction,
  scopes: readonly KeyScope[],
): void {
  if (action === 'identify') return;
  // An agent does not change what it did, and no key changes who may do what.
  if (action === 'administer' || (action === 'edit' && kind === 'agent_key')) throw new ApiError('forbidden');
  if (!scopes.includes(action === 'read' ? 'read' : 'capture')) throw new ApiError('insufficient_scope');
}
