import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { newKeyAnswer, replacedKeyAnswer } from '../keys/key-answers';
import { addAgentKey } from './add-agent-key';
import { agentKeyListAnswer } from './agent-answers';
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
    }),
  ];
}
