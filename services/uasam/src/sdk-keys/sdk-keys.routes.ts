import { wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import {
  listedKey,
  listedKeyAnswer,
  newKeyAnswer,
  newSdkKey,
  replacedKey,
  replacedKeyAnswer,
} from '../keys/key-answers';
import { createSdkKey } from './create-sdk-key';
import { revokeSdkKey } from './revoke-sdk-key';
import { rotateSdkKey } from './rotate-sdk-key';
import { parseNewSdkKey, parseSdkKeyId, parseSdkKeyRotation } from './sdk-keys.schemas';

const tag = 'SDK keys';

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
      about: {
        name: 'createSdkKey',
        tag,
        summary: 'Makes an SDK key for a back end',
        answer: z.object({ response_body: newSdkKey }),
        errors: ['sdk_key_creation_failed'],
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
      about: {
        name: 'rotateSdkKey',
        tag,
        summary: 'Makes the successor of an SDK key, and ends the old one at once or later',
        answer: z.object({
          response_body: newSdkKey.extend({ replaced: replacedKey }).meta({ id: 'RotatedSdkKey' }),
        }),
        errors: ['sdk_key_id_required', 'invalid_request', 'sdk_key_not_found'],
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
      about: {
        name: 'listSdkKeys',
        tag,
        summary: 'Lists the SDK keys of a project, without their secrets',
        answer: z.object({ response_body: z.object({ keys: z.array(listedKey) }) }),
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
      about: {
        name: 'revokeSdkKey',
        tag,
        summary: 'Revokes an SDK key',
        answer: z.object({ response_body: z.object({ id: wire.uuid }) }),
        errors: ['sdk_key_id_required', 'sdk_key_not_found'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/sdk/backend/key/authenticate/',
      authenticate: credentials.sdkKey,
      status: 200,
      description: 'authenticated',
      handle: ({ principal }) => ({ response: { project: principal.project } }),
      about: {
        name: 'authenticateSdkKey',
        tag,
        summary: 'Tells of which project an SDK key is',
        answer: z.object({
          response: z.object({
            project: z.object({
              id: wire.uuid,
              name: z.string().meta({ examples: ['Shop'] }),
              description: z.string().meta({ examples: ['The shop and its agents'] }),
            }),
          }),
        }),
      },
    }),
  ];
}
