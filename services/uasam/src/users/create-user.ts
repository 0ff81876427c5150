import { ApiError } from '@otas/errors';
import { uuidv7 } from 'uuidv7';
import type { RequestOrigin, User } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewUser } from './users.schemas';

/** @throws ApiError 400 `user_already_exists`. */
export async function createUser(
  deps: Pick<Deps, 'users' | 'passwords' | 'userTokens' | 'now'>,
  origin: RequestOrigin,
  { email, password, ...profile }: NewUser,
): Promise<{ user: User; token: string }> {
  // A look first, to spare the costly hash; who comes at the same time is refused by the unique index.
  if (await deps.users.hasEmail(email)) throw new ApiError('user_already_exists');
  const passwordHash = await deps.passwords.hash(password);
  const at = deps.now();
  const by = { kind: 'anybody', id: null, ...origin } as const;
  const change = { projectId: null, userId: uuidv7(), by, at };
  const user = await deps.users.create(change, profile, { email, passwordHash });
  if (user === null) throw new ApiError('user_already_exists');
  const token = deps.userTokens.sign({ userId: user.id, email }, Math.floor(at.getTime() / 1000));
  return { user, token };
}
