import { wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { newAgentKey, newKeyAnswer, replacedKey, replacedKeyAnswer } from '../keys/key-answers';
import { addAgentKey } from './add-agent-key';
import { agentKeyList, agentKeyListAnswer } from './agent-answers';
import {
  parseAgentKeyId,
  parseAgentKeyListQuery,
  parseAgentKeyRotation,
  parseNewAgentKey,
} from './agent-keys.schemas';
import { createAgentKey } from './create-agent-key';
import { listAgentKeys } from './list-agent-keys';
import { revokeAgentKey } from './revoke-agent-key';
import { rotateAgentKey } from './rotate-agent-key';

const tag = 'Agent keys';
const ofNewKey = z.object({ response: z.object({ agent_id: wire.uuid, agent_key: newAgentKey }) });

export function agentKeyEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;

  return [
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/agents/key/create/',
      authenticate: credentials.admin,
      body: parseNewAgentKey,
      status: 201,
      description: 'agent_key_created',
      handle: async ({ principal, body }) => {
        const { agentId, key, apiKey } = await createAgentKey(deps, principal, body);
        return { response: { agent_id: agentId, agent_key: newKeyAnswer(key, apiKey) } };
      },
      about: {
        name: 'createAgentKey',
        tag,
        summary: 'Makes a key for an agent in the place of all that it has',
        answer: ofNewKey,
        errors: ['agent_id_required', 'invalid_request', 'agent_not_found_or_invalid_id'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/agents/key/add/',
      authenticate: credentials.admin,
      body: parseNewAgentKey,
      status: 201,
      description: 'agent_key_added',
      handle: async ({ principal, body }) => {
        const { agentId, key, apiKey } = await addAgentKey(deps, principal, body);
        return { response: { agent_id: agentId, agent_key: newKeyAnswer(key, apiKey) } };
      },
      about: {
        name: 'addAgentKey',
        tag,
        summary: 'Makes one more key for an agent',
        answer: ofNewKey,
        errors: [
          'agent_id_required',
          'invalid_request',
          'agent_not_found_or_invalid_id',
          'agent_key_limit_reached',
        ],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/agents/key/rotate/',
      authenticate: credentials.admin,
      body: parseAgentKeyRotation,
      status: 201,
      description: 'agent_key_rotated',
      handle: async ({ principal, body }) => {
        const { agentId, key, apiKey, replaced, at } = await rotateAgentKey(deps, principal, body);
        const answers = { agent_key: newKeyAnswer(key, apiKey), replaced: replacedKeyAnswer(replaced, at) };
        return { response: { agent_id: agentId, ...answers } };
      },
      about: {
        name: 'rotateAgentKey',
        tag,
        summary: 'Makes the successor of an agent key, and ends the old one at once or later',
        answer: z.object({
          response: z.object({ agent_id: wire.uuid, agent_key: newAgentKey, replaced: replacedKey }),
        }),
        errors: [
          'agent_key_id_required',
          'invalid_request',
          'agent_key_not_found',
          'agent_key_limit_reached',
        ],
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/agents/key/list/',
      authenticate: credentials.admin,
      query: parseAgentKeyListQuery,
      status: 200,
      description: 'agent_keys_listed',
      handle: async ({ principal, query }) => {
        const list = await listAgentKeys(deps, principal, query);
        return { response: agentKeyListAnswer(list, deps.now()) };
      },
      about: {
        name: 'listAgentKeys',
        tag,
        summary: 'Lists all keys that an agent ever had, newest first',
        answer: z.object({ response: agentKeyList }),
        errors: ['agent_id_required', 'invalid_request', 'agent_not_found_or_invalid_id', 'invalid_cursor'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/agents/key/revoke/',
      authenticate: credentials.admin,
      body: parseAgentKeyId,
      status: 200,
      description: 'agent_key_revoked',
      handle: async ({ principal, body }) => ({
        response: { id: await revokeAgentKey(deps, principal, body) },
      }),
      about: {
        name: 'revokeAgentKey',
        tag,
        summary: 'Revokes a key of an agent',
        answer: z.object({ response: z.object({ id: wire.uuid }) }),
        errors: ['agent_key_id_required', 'agent_key_not_found'],
      },
    }),
  ];
}
