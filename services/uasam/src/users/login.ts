import { ApiError } from '@otas/errors';
import type { User } from '../auth/principals';
import type { Deps } from '../deps';
import type { LoginAttempt } from './users.schemas';

/**
 * Checks a password. A wrong one, an unknown e-mail and a body that holds neither (`attempt` null) are refused in the
 * same way after the same work; guessing is slowed down, also at an account that does not exist.
 *
 * @param address what shares a limit: an IPv4 address or the network of an IPv6 address
 * @throws ApiError 401 `login_failed`; 429 `rate_limit_exceeded`.
 */
export async function login(
  deps: Pick<Deps, 'users' | 'passwords' | 'userTokens' | 'loginGuard' | 'now'>,
  attempt: LoginAttempt | null,
  address: string,
): Promise<{ user: User; token: string }> {
  const { loginGuard, passwords } = deps;
  if (attempt === null) {
    const guarded = await loginGuard.tryOf(address);
    await passwords.verify(null, '', () => guarded.begin());
    throw new ApiError('login_failed');
  }
  const { email, password } = attempt;
  const guarded = await loginGuard.login(email, address);
  const found = await deps.users.findByEmail(email);
  const check = await passwords.verify(found?.passwordHash ?? null, password, () => guarded.begin());
  if (!check.matches || found === null) throw new ApiError('login_failed');
  await guarded.succeeded();
  const { renewedHash } = check;
  if (renewedHash !== null) await deps.users.renewHash(found.user.id, found.passwordHash, renewedHash);
  const nowSeconds = Math.floor(deps.now().getTime() / 1000);
  const issuedAtSeconds = Math.max(nowSeconds, found.tokensValidFromSeconds);
  return { user: found.user, token: deps.userTokens.sign({ userId: found.user.id, email }, issuedAtSeconds) };
}
