import { ApiError } from '@otas/errors';
import { authentication, endpoint, limitedAddress, type MountedEndpoint } from '@otas/http-kit';
import { originOf } from '../auth/client-address';
import type { Deps } from '../deps';
import { withPayload } from '../wire/answers';
import { authPaths } from './auth-paths';
import { changePassword } from './change-password';
import { createUser } from './create-user';
import { logOutEverywhere } from './log-out-everywhere';
import { login } from './login';
import { updateProfile } from './update-profile';
import { userAnswer } from './user-answer';
import { parseLogin, parseNewPassword, parseNewUser, parseProfile } from './users.schemas';

/** Errors of these routes also carry the success payload's key. */
const onError = (error: ApiError): ApiError => withPayload(error, { response_body: null });

/** Every failure of login looks the same, a body that cannot be read included. */
function onLoginError(error: ApiError): ApiError {
  return onError(error.status === 400 ? new ApiError('login_failed', { cause: error }) : error);
}

export function userEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials, config } = deps;
  const anybody = authentication('anybody', (context) => originOf(context, config.trustProxy));

  return [
    endpoint({
      methods: ['POST'],
      path: authPaths.signUp,
      authenticate: anybody,
      body: (raw) => parseNewUser(raw, config.passwordMinLength),
      status: 200,
      description: 'user_created',
      handle: async ({ principal, body }) => {
        const { user, token } = await createUser(deps, principal, body);
        return { response_body: { user: userAnswer(user), jwt_token: token } };
      },
      onError,
    }),
    endpoint({
      methods: ['POST'],
      path: authPaths.login,
      authenticate: anybody,
      body: parseLogin,
      status: 200,
      description: 'login_success',
      handle: async ({ principal, body }) => {
        const { user, token } = await login(deps, body, limitedAddress(principal.address));
        return { response: { user: userAnswer(user), jwt_token: token } };
      },
      onError: onLoginError,
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/user/v1/authenticate/',
      authenticate: credentials.user,
      status: 200,
      description: 'user_authenticated',
      handle: ({ principal }) => ({ response_body: { user: userAnswer(principal.user) } }),
      onError,
    }),
    endpoint({
      methods: ['PUT', 'POST'],
      path: '/api/user/v1/edit/',
      authenticate: credentials.user,
      body: parseProfile,
      status: 200,
      description: 'user_profile_updated',
      handle: async ({ principal, body }) => {
        const user = await updateProfile(deps, principal, body);
        return { response_body: { user: userAnswer(user) } };
      },
      onError,
    }),
    endpoint({
      methods: ['PUT', 'POST'],
      path: '/api/user/v1/reset-password/update/',
      authenticate: credentials.user,
      body: (raw) => parseNewPassword(raw, config.passwordMinLength),
      status: 200,
      description: 'password_updated',
      handle: async ({ principal, body }) => {
        await changePassword(deps, principal, body);
        return { response_body: null };
      },
      onError,
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/user/v1/logout-everywhere/',
      authenticate: credentials.user,
      status: 200,
      description: 'logged_out_everywhere',
      handle: async ({ principal }) => {
        await logOutEverywhere(deps, principal);
        return { response_body: null };
      },
      onError,
    }),
  ];
}
