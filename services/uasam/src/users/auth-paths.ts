/** What anybody may call without a credential; an address may do so a number of times in a minute. */
export const authPaths = { signUp: '/api/user/v1/create/', login: '/api/user/v1/login/' } as const;

/** Whether an endpoint's path is one of {@link authPaths}. */
export function isAuthPath(path: string): boolean {
  return path === authPaths.signUp || path === authPaths.login;
}
