import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { erasureAnswer } from '../erasures/erasure-answer';
import { newKeyAnswer } from '../keys/key-answers';
import { agentAnswer, changedAgentAnswer, newAgentAnswer } from './agent-answers';
import { parseAgentId, parseAgentUpdate, parseNewAgent } from './agents.schemas';
import { authenticateAgent } from './authenticate-agent';
import { setAgentActive, updateAgent } from './change-agent';
import { createAgent } from './create-agent';
import { deleteAgent } from './delete-agent';

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
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/list/',
      authenticate: credentials.member,
      query: (parameters) => parameters.get('include_inactive') === '1',
      status: 200,
      description: 'agents_listed',
      handle: async ({ principal, query }) => {
        const agents = await deps.agents.list(principal.project.id, query, deps.now());
        return { response: { project_id: principal.project.id, agents: agents.map(agentAnswer) } };
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
    }),
  ];
}
