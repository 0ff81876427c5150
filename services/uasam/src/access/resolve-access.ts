import { ApiError, invalidRequest } from '@otas/errors';
import { uuidInKey } from '@otas/event-schema';
import type { Deps } from '../deps';
import type { Session } from '../sessions/sessions.store';
import type { AccessQuery } from './access.schemas';
import type { ReachableAgent } from './access.store';
import type { Caller } from './authenticate-caller';

export interface Access {
  /** The user's privilege in the agent's project (1 = Admin, 2 = Member); null for a key, and without an agent. */
  readonly privilege: number | null;
  readonly agent: ReachableAgent | null;
  readonly session: Session | null;
}

/**
 * The agent and the session that two keys name, for a caller who may reach them.
 *
 * @throws ApiError as {@link getAgent}, then 404 `session_not_found`, also for another agent's session.
 */
export async function resolveAccess(
  deps: Pick<Deps, 'access' | 'sessions'>,
  caller: Caller,
  { agentRef, sessionRef, withMeta }: AccessQuery,
): Promise<Access> {
  if (agentRef === null) return { privilege: null, agent: null, session: null };
  const agent = await getAgent(deps, caller, agentRef);
  const privilege = caller.projects.get(agent.projectId) ?? null;
  if (sessionRef === null) return { privilege, agent, session: null };
  const session = await deps.sessions.find(agent.id, sessionRef, withMeta);
  if (session === null) throw new ApiError('session_not_found');
  return { privilege, agent, session };
}

/**
 * The active agent that a key names. The key of a UUID names one agent of all; one that was given is looked up among the
 * caller's projects.
 *
 * @throws ApiError 400 `invalid_request` when more than one of the caller's projects has an agent with this key; 404
 *   `agent_not_found`; 403 `forbidden` for an agent that is not the caller's.
 */
export async function getAgent(
  { access }: Pick<Deps, 'access'>,
  caller: Caller,
  ref: string,
): Promise<ReachableAgent> {
  const agentId = uuidInKey('agt', ref);
  if (agentId === null) {
    const found = await access.findAgentsByRef([...caller.projects.keys()], ref);
    if (found.length > 1) throw invalidRequest([{ field: 'agent_ref', message: ambiguous }]);
    return assertReached(caller, found[0] ?? null);
  }
  return assertReached(caller, await access.findAgent(agentId));
}

const ambiguous = 'names agents of several projects; X-OTAS-PROJECT-ID must say which';

function assertReached(caller: Caller, agent: ReachableAgent | null): ReachableAgent {
  if (agent === null) throw new ApiError('agent_not_found');
  const isReached =
    caller.projects.has(agent.projectId) && (caller.agentId === null || caller.agentId === agent.id);
  if (!isReached) throw new ApiError('forbidden');
  return agent;
}
