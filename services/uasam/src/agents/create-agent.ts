import { uuidv7 } from 'uuidv7';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { AgentKey } from './agent-keys.store';
import type { NewAgent } from './agents.schemas';
import type { Agent } from './agents.store';
import { newAgentKey } from './new-agent-key';

/** Creates an agent in the caller's project, with its first key. */
export async function createAgent(
  deps: Pick<Deps, 'agents' | 'apiKeys' | 'now'>,
  { project, user }: MemberPrincipal,
  fields: NewAgent,
): Promise<{ agent: Agent; key: AgentKey; apiKey: string }> {
  const createdAt = deps.now();
  const agent = { id: uuidv7(), ...fields, isActive: true, createdBy: user.id, createdAt };
  const { row, apiKey } = newAgentKey(deps.apiKeys, createdAt);
  await deps.agents.create(project.id, agent, row);
  return { agent, key: row, apiKey };
}
