import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { listedKeyAnswer, newKeyAnswer, replacedKeyAnswer } from '../keys/key-answers';
import { createSdkKey } from './create-sdk-key';
import { revokeSdkKey } from './revoke-sdk-key';
import { rotateSdkKey } from './rotate-sdk-key';
import { parseNewSdkKey, parseSdkKeyId, parseSdkKeyRotation } from './sdk-keys.schemas';

export function sdkKeyEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;

  return [
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/sdk/backend/key/create/',
      authenticate: credentials.admin,
      body: parseNewSdkKey,
      status: 201,
      description: 'backend_sdk_key_created',
      handle: async ({ principal, body }) => {
        const { key, apiKey } = await createSdkKey(deps, principal, body);
        return { response_body: { ...newKeyAnswer(key, apiKey), project_id: principal.project.id } };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/sdk/backend/key/rotate/',
      authenticate: credentials.admin,
      body: parseSdkKeyRotation,
      status: 201,
      description: 'backend_sdk_key_rotated',
      handle: async ({ principal, body }) => {
        const { key, apiKey, replaced, at } = await rotateSdkKey(deps, principal, body);
        const answer = { ...newKeyAnswer(key, apiKey), project_id: principal.project.id };
        return { response_body: { ...answer, replaced: replacedKeyAnswer(replaced, at) } };
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/project/v1/sdk/backend/key/list/',
      authenticate: credentials.admin,
      status: 200,
      description: 'backend_sdk_keys_listed',
      handle: async ({ principal }) => {
        const now = deps.now();
        const keys = await deps.sdkKeys.list(principal.project.id);
        return { response_body: { keys: keys.map((key) => listedKeyAnswer(key, now, true)) } };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/sdk/backend/key/revoke/',
      authenticate: credentials.admin,
      body: parseSdkKeyId,
      status: 200,
      description: 'backend_sdk_key_revoked',
      handle: async ({ principal, body }) => ({
        response_body: { id: await revokeSdkKey(deps, principal, body) },
      }),
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/sdk/backend/key/authenticate/',
      authenticate: credentials.sdkKey,
      status: 200,
      description: 'authenticated',
      handle: ({ principal }) => ({ response: { project: principal.project } }),
    }),
  ];
}
