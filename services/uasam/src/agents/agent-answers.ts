import { keyOfUuid } from '@otas/event-schema';
import { wireTime } from '../wire/answers';
import type { AgentKey } from './agent-keys.store';
import type { Agent, AgentWithKeys } from './agents.store';

/** A key that was just made: the only answer that holds the whole key. */
export function newKeyAnswer(key: AgentKey, apiKey: string): object {
  return {
    id: key.id,
    prefix: key.prefix,
    api_key: apiKey,
    created_at: wireTime(key.createdAt),
    expires_at: wireTime(key.expiresAt),
    active: true,
  };
}

/** An agent as the answer to its creation shows it. */
export function newAgentAnswer(agent: Agent, projectId: string): object {
  return {
    id: agent.id,
    name: agent.name,
    description: agent.description,
    provider: agent.provider,
    project_id: projectId,
    created_by: agent.createdBy,
    created_at: wireTime(agent.createdAt),
    agent_ref: refOf(agent),
  };
}

/** An agent as the answer to a change shows it. */
export function changedAgentAnswer(agent: Agent, projectId: string): object {
  return { ...newAgentAnswer(agent, projectId), is_active: agent.isActive };
}

/** An agent as the list shows it, with its valid keys. */
export function agentAnswer(agent: AgentWithKeys): object {
  return {
    id: agent.id,
    name: agent.name,
    description: agent.description,
    provider: agent.provider,
    created_at: wireTime(agent.createdAt),
    created_by: agent.createdBy,
    is_active: agent.isActive,
    agent_ref: refOf(agent),
    agent_keys: agent.keys.map((key) => ({
      id: key.id,
      prefix: key.prefix,
      name: key.name,
      created_at: wireTime(key.createdAt),
      expires_at: wireTime(key.expiresAt),
      active: agent.isActive,
    })),
  };
}

/** The agent's v2 key: the one that it was given, else that of its id. */
export function refOf({ id, ref }: Pick<Agent, 'id' | 'ref'>): string {
  return ref ?? keyOfUuid('agt', id);
}
