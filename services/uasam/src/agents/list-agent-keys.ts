import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { AgentKeyListQuery } from './agent-keys.schemas';
import type { AgentKeyEntry } from './agent-keys.store';
import type { Agent } from './agents.store';

export interface AgentKeyList {
  readonly agent: Agent;
  readonly keys: readonly AgentKeyEntry[];
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

/**
 * The keys of an agent of the caller's project, be it active or not: all that it ever had, newest first.
 *
 * @throws ApiError 404 `agent_not_found_or_invalid_id`, also for another project's agent; 400 `invalid_cursor`.
 */
export async function listAgentKeys(
  deps: Pick<Deps, 'agents' | 'agentKeys' | 'agentKeyCursors'>,
  { project }: MemberPrincipal,
  query: AgentKeyListQuery,
): Promise<AgentKeyList> {
  const agentId = parseUuid(query.agentId);
  const agent = agentId === null ? null : await deps.agents.find(project.id, agentId);
  if (agent === null) throw new ApiError('agent_not_found_or_invalid_id');
  const after = query.cursor === null ? null : deps.agentKeyCursors.read(agent.id, query.cursor);
  if (query.cursor !== null && after === null) throw new ApiError('invalid_cursor');
  const found = await deps.agentKeys.list(project.id, agent.id, after, query.limit + 1);
  const keys = found.slice(0, query.limit);
  const last = found.length > query.limit ? keys.at(-1) : undefined;
  if (last === undefined) return { agent, keys, nextCursor: null };
  const place = { createdAt: last.createdMicros, id: last.id };
  return { agent, keys, nextCursor: deps.agentKeyCursors.write(agent.id, place) };
}
