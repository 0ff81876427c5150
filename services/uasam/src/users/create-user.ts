import { ApiError } from '@otas/errors';
import { limitedAddress } from '@otas/http-kit';
import { uuidv7 } from 'uuidv7';
import type { RequestOrigin, User } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewUser } from './users.schemas';

/**
 * An e-mail that somebody has already takes as long as a new one, and counts as a failure of the address.
 *
 * @throws ApiError 400 `user_already_exists`; 429 `rate_limit_exceeded`.
 */
export async function createUser(
  deps: Pick<Deps, 'users' | 'passwords' | 'userTokens' | 'loginGuard' | 'now'>,
  origin: RequestOrigin,
  { email, password, ...profile }: NewUser,
): Promise<{ user: User; token: string }> {
  const address = limitedAddress(origin.address);
  const guarded = await deps.loginGuard.tryOf(address);
  const passwordHash = await deps.passwords.hash(password, () => guarded.begin());
  const at = deps.now();
  const by = { kind: 'anybody', id: null, ...origin } as const;
  const change = { projectId: null, userId: uuidv7(), by, at };
  const user = await deps.users.create(change, profile, { email, passwordHash });
  if (user === null) throw new ApiError('user_already_exists');
  await Promise.all([guarded.succeeded(), deps.loginGuard.remember(email, address)]);
  const token = deps.userTokens.sign({ userId: user.id, email }, Math.floor(at.getTime() / 1000));
  return { user, token };
}
