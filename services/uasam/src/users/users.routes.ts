import { ApiError } from '@otas/errors';
import { wire } from '@otas/event-schema';
import { authentication, endpoint, limitedAddress, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import { originOf } from '../auth/client-address';
import type { Deps } from '../deps';
import { withPayload } from '../wire/answers';
import { authPaths } from './auth-paths';
import { changePassword } from './change-password';
import { createUser } from './create-user';
import { logOutEverywhere } from './log-out-everywhere';
import { login } from './login';
import { updateProfile } from './update-profile';
import { user, userAnswer } from './user-answer';
import { newPasswordOf, newUserOf, parseLogin, parseProfile } from './users.schemas';

/** Errors of these routes also carry the success payload's key. */
const onError = (error: ApiError): ApiError => withPayload(error, { response_body: null });

/** What these routes say of themselves alike. */
const about = { tag: 'Users', errorPayload: z.object({ response_body: z.null() }) };
const loggedIn = z.object({ user, jwt_token: wire.token });
const ofUser = z.object({ response_body: z.object({ user }) });
const nothing = z.object({ response_body: z.null() });

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
      body: newUserOf(config.passwordMinLength),
      status: 200,
      description: 'user_created',
      handle: async ({ principal, body }) => {
        const { user, token } = await createUser(deps, principal, body);
        return { response_body: { user: userAnswer(user), jwt_token: token } };
      },
      onError,
      about: {
        ...about,
        name: 'createUser',
        summary: 'Signs a user up, and logs in',
        answer: z.object({ response_body: loggedIn }),
        errors: [
          'missing_fields',
          'invalid_request',
          'invalid_email_format',
          'password_too_short',
          'user_already_exists',
          'database_unavailable',
        ],
      },
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
      about: {
        ...about,
        name: 'login',
        summary: 'Logs a user in',
        details:
          'Whatever is wrong is `login_failed`, a body that cannot be read included. Tries are slowed down by account and address.',
        answer: z.object({ response: loggedIn }),
        errors: ['login_failed', 'database_unavailable'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/user/v1/authenticate/',
      authenticate: credentials.user,
      status: 200,
      description: 'user_authenticated',
      handle: ({ principal }) => ({ response_body: { user: userAnswer(principal.user) } }),
      onError,
      about: {
        ...about,
        name: 'authenticateUser',
        summary: 'Tells whose a token is',
        answer: ofUser,
      },
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
      about: {
        ...about,
        name: 'updateProfile',
        summary: 'Changes the names of a user',
        answer: ofUser,
        errors: ['missing_required_fields', 'invalid_request'],
      },
    }),
    endpoint({
      methods: ['PUT', 'POST'],
      path: '/api/user/v1/reset-password/update/',
      authenticate: credentials.user,
      body: newPasswordOf(config.passwordMinLength),
      status: 200,
      description: 'password_updated',
      handle: async ({ principal, body }) => {
        await changePassword(deps, principal, body);
        return { response_body: null };
      },
      onError,
      about: {
        ...about,
        name: 'changePassword',
        summary: 'Changes the password of a user',
        details: 'Tokens from before are no longer valid.',
        answer: nothing,
        errors: ['missing_password', 'invalid_request', 'password_too_short'],
      },
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
      about: {
        ...about,
        name: 'logOutEverywhere',
        summary: 'Ends the validity of all tokens of a user',
        answer: nothing,
      },
    }),
  ];
}
