import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { wireTime, wireTimeOrNull } from '../wire/answers';
import { createSdkKey } from './create-sdk-key';
import { revokeSdkKey } from './revoke-sdk-key';
import { parseNewSdkKey, parseSdkKeyId } from './sdk-keys.schemas';
import type { SdkKey } from './sdk-keys.store';

function keyAnswer(key: SdkKey, now: Date): object {
  return {
    id: key.id,
    prefix: key.prefix,
    name: key.name,
    created_at: wireTime(key.createdAt),
    expires_at: wireTime(key.expiresAt),
    active: key.revokedAt === null && key.expiresAt > now,
  };
}

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
        const answer = keyAnswer(key, key.createdAt);
        return { response_body: { ...answer, api_key: apiKey, project_id: principal.project.id } };
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
        const shown = keys.map((key) => ({
          ...keyAnswer(key, now),
          revoked_at: wireTimeOrNull(key.revokedAt),
        }));
        return { response_body: { keys: shown } };
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
