import { keyOfUuid, wire } from '@otas/event-schema';
import { z } from 'zod';
import { key, keyAnswer, listedKey, listedKeyAnswer } from '../keys/key-answers';
import { wireTime } from '../wire/answers';
import type { Agent, AgentWithKeys } from './agents.store';
import type { AgentKeyList } from './list-agent-keys';

const fields = {
  id: wire.uuid,
  name: z.string().meta({ examples: ['scout'] }),
  description: z.string().meta({ examples: ['Looks things up'] }),
  provider: z.string().meta({ examples: ['acme'] }),
  created_by: wire.uuid,
  created_at: wire.time,
  agent_ref: wire.key('agt'),
};

export const newAgent = z.object({ ...fields, project_id: wire.uuid }).meta({ id: 'NewAgent' });
export const changedAgent = newAgent.extend({ is_active: z.boolean() }).meta({ id: 'ChangedAgent' });
export const agent = z
  .object({ ...fields, is_active: z.boolean(), agent_keys: z.array(key) })
  .meta({ id: 'Agent' });
export const agentKeyList = z.object({
  agent_id: wire.uuid,
  agent_keys: z.array(listedKey),
  next_cursor: wire.cursor.optional(),
});

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
    agent_keys: agent.keys.map((key) => keyAnswer(key, agent.isActive)),
  };
}

/** A page of an agent's keys; while it is inactive, so are they. */
export function agentKeyListAnswer({ agent, keys, nextCursor }: AgentKeyList, now: Date): object {
  const shown = keys.map((key) => listedKeyAnswer(key, now, agent.isActive));
  return {
    agent_id: agent.id,
    agent_keys: shown,
    ...(nextCursor === null ? {} : { next_cursor: nextCursor }),
  };
}

/** The agent's v2 key: the one that it was given, else that of its id. */
export function refOf({ id, ref }: Pick<Agent, 'id' | 'ref'>): string {
  return ref ?? keyOfUuid('agt', id);
}
