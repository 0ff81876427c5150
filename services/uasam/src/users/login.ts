import { ApiError } from '@otas/errors';
import type { User } from '../auth/principals';
import type { Deps } from '../deps';
import type { LoginAttempt } from './users.schemas';

/**
 * Checks a password. A wrong one, an unknown e-mail and a body that holds neither (`attempt` null) are refused in the
 * same way after the same work; guessing at one account is limited, also at one that does not exist.
 *
 * @throws ApiError 401 `login_failed`; 429 `rate_limit_exceeded`.
 */
export async function login(
  deps: Pick<Deps, 'users' | 'passwords' | 'userTokens' | 'loginFailures' | 'now'>,
  attempt: LoginAttempt | null,
): Promise<{ user: User; token: string }> {
  if (attempt === null) {
    await deps.passwords.verify(null, '', async () => undefined);
    throw new ApiError('login_failed');
  }
  const { email, password } = attempt;
  await deps.loginFailures.check(email);
  const found = await deps.users.findByEmail(email);
  // Counted before the check and forgotten after a good one, so that guesses at the same time are counted as well.
  const admit = () => deps.loginFailures.consume(email);
  const matches = await deps.passwords.verify(found?.passwordHash ?? null, password, admit);
  if (!matches || found === null) throw new ApiError('login_failed');
  await deps.loginFailures.clear(email);
  const nowSeconds = Math.floor(deps.now().getTime() / 1000);
  const issuedAtSeconds = Math.max(nowSeconds, found.tokensValidFromSeconds);
  return { user: found.user, token: deps.userTokens.sign({ userId: found.user.id, email }, issuedAtSeconds) };
}
