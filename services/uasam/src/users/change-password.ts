import type { Deps } from '../deps';

/** Sets a new password and ends every token of the user, the one of this request included. */
export async function changePassword(
  deps: Pick<Deps, 'users' | 'passwords' | 'now'>,
  userId: string,
  password: string,
): Promise<void> {
  const passwordHash = await deps.passwords.hash(password);
  await deps.users.setPassword(userId, passwordHash, deps.now());
}
