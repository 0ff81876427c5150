import { changeOfSelf } from '../audit/change';
import type { UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

/** Sets a new password and ends every token of the user, the one of this request included. */
export async function changePassword(
  deps: Pick<Deps, 'users' | 'passwords' | 'now'>,
  principal: UserPrincipal,
  password: string,
): Promise<void> {
  const passwordHash = await deps.passwords.hash(password);
  await deps.users.setPassword(changeOfSelf(principal, deps.now()), passwordHash);
}
