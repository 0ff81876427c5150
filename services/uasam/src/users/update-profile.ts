import { changeOfSelf } from '../audit/change';
import type { User, UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Profile } from './users.schemas';

/** Gives the user as he is now. */
export function updateProfile(
  deps: Pick<Deps, 'users' | 'now'>,
  principal: UserPrincipal,
  profile: Profile,
): Promise<User> {
  return deps.users.updateProfile(changeOfSelf(principal, deps.now()), profile);
}
