import { sent, wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { erasureAnswer, newErasure } from '../erasures/erasure-answer';
import { newAgentKey, newKeyAnswer } from '../keys/key-answers';
import {
  agent,
  agentAnswer,
  changedAgent,
  changedAgentAnswer,
  newAgent,
  newAgentAnswer,
} from './agent-answers';
import { parseAgentId, parseAgentListQuery, parseAgentUpdate, parseNewAgent } from './agents.schemas';
import { authenticateAgent } from './authenticate-agent';
import { setAgentActive, updateAgent } from './change-agent';
import { createAgent } from './create-agent';
import { deleteAgent } from './delete-agent';

const tag = 'Agents';
const ofChange = z.object({ response: z.object({ agent: changedAgent }) });
const name = z.string().meta({ examples: ['scout'] });

export function agentEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;

  const switchActive = (path: string, isActive: boolean): MountedEndpoint =>
    endpoint({
      methods: ['POST'],
      path,
      authenticate: credentials.admin,
      body: parseAgentId,
      status: 200,
      description: isActive ? 'agent_reactivated' : 'agent_deactivated',
      handle: async ({ principal, body }) => {
        const agent = await setAgentActive(deps, principal, body, isActive);
        return { response: { agent: changedAgentAnswer(agent, principal.project.id) } };
      },
      about: {
        name: isActive ? 'reactivateAgent' : 'deactivateAgent',
        tag,
        summary: isActive
          ? 'Makes an agent active again'
          : 'Makes an agent inactive: its keys and sessions are refused',
        answer: ofChange,
        errors: ['agent_id_required', 'agent_not_found'],
      },
    });

  return [
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/create/',
      authenticate: credentials.admin,
      body: parseNewAgent,
      status: 201,
      description: 'agent_created',
      handle: async ({ principal, body }) => {
        const { agent, key, apiKey } = await createAgent(deps, principal, body);
        const agentKey = { ...newKeyAnswer(key, apiKey), agent_id: agent.id };
        return { response: { agent: newAgentAnswer(agent, principal.project.id), agent_key: agentKey } };
      },
      about: {
        name: 'createAgent',
        tag,
        summary: 'Makes an agent with its first key',
        answer: z.object({
          response: z.object({
            agent: newAgent,
            agent_key: newAgentKey.extend({ agent_id: wire.uuid }).meta({ id: 'FirstAgentKey' }),
          }),
        }),
        errors: ['agent_creation_failed', 'already_exists'],
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/list/',
      authenticate: credentials.member,
      query: parseAgentListQuery,
      status: 200,
      description: 'agents_listed',
      handle: async ({ principal, query }) => {
        const agents = await deps.agents.list(principal.project.id, query, deps.now());
        return { response: { project_id: principal.project.id, agents: agents.map(agentAnswer) } };
      },
      about: {
        name: 'listAgents',
        tag,
        summary: 'Lists the agents of a project with their valid keys',
        answer: z.object({ response: z.object({ project_id: wire.uuid, agents: z.array(agent) }) }),
      },
    }),
    endpoint({
      methods: ['PUT', 'POST'],
      path: '/api/agent/v1/update/',
      authenticate: credentials.admin,
      body: parseAgentUpdate,
      status: 200,
      description: 'agent_updated',
      handle: async ({ principal, body }) => {
        const agent = await updateAgent(deps, principal, body);
        return { response: { agent: changedAgentAnswer(agent, principal.project.id) } };
      },
      about: {
        name: 'updateAgent',
        tag,
        summary: 'Changes the name, the provider or the description of an agent',
        details: 'What is left out or null stays as it is; at least one of the three is sent.',
        answer: ofChange,
        errors: ['agent_id_required', 'agent_update_failed', 'agent_not_found'],
      },
    }),
    switchActive('/api/agent/v1/deactivate/', false),
    switchActive('/api/agent/v1/reactivate/', true),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/delete/',
      authenticate: credentials.admin,
      body: parseAgentId,
      status: 200,
      description: 'agent_deleted',
      handle: async ({ principal, body }) => {
        const erasure = await deleteAgent(deps, principal, body);
        return { response: { agent_id: erasure.agentId, erasure: erasureAnswer(erasure) } };
      },
      about: {
        name: 'deleteAgent',
        tag,
        summary: 'Deletes an agent with its keys, sessions and events',
        answer: z.object({ response: z.object({ agent_id: wire.uuid, erasure: newErasure }) }),
        errors: ['agent_id_required', 'agent_not_found'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/auth/verify/',
      authenticate: credentials.agentKey,
      status: 200,
      description: 'authenticated',
      handle: ({ principal }) => ({
        response: { project_id: principal.projectId, agent: principal.agent },
      }),
      about: {
        name: 'authenticateAgentKey',
        tag,
        summary: 'Tells whose an agent key is',
        answer: z.object({
          response: z.object({
            project_id: wire.uuid,
            agent: z.object({ id: wire.uuid, name, provider: z.string().meta({ examples: ['acme'] }) }),
          }),
        }),
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/user/authenticate/',
      authenticate: credentials.member,
      status: 200,
      description: 'authenticated',
      handle: async ({ principal, context }) => {
        const agent = await authenticateAgent(deps, principal, context.header('x-otas-agent-id'));
        return { agent: { id: agent.id, name: agent.name, project_id: principal.project.id } };
      },
      about: {
        name: 'authenticateAgentOfUser',
        tag,
        summary: 'Tells that a user may see an agent',
        answer: z.object({ agent: z.object({ id: wire.uuid, name, project_id: wire.uuid }) }),
        headers: { 'X-OTAS-AGENT-ID': sent.uuid },
        errors: ['missing_agent_id', 'agent_not_found'],
      },
    }),
  ];
}
