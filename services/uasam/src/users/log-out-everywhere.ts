import { changeOfSelf } from '../audit/change';
import type { UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

/** Ends every token of the user, the one of this request included. */
export async function logOutEverywhere(
  deps: Pick<Deps, 'users' | 'now'>,
  principal: UserPrincipal,
): Promise<void> {
  await deps.users.endTokens(changeOfSelf(principal, deps.now()));
}
