import { ApiError, invalidRequest } from '@otas/errors';
import { uuidInKey } from '@otas/event-schema';
import type { Deps } from '../deps';
import type { Session } from '../sessions/sessions.store';
import type { ReachableAgent } from './access.store';
import type { Caller } from './authenticate-caller';
import { type AccessAction, assertAllowed } from './permissions';

/** What a caller wants to do, and where. */
export interface AccessQuestion {
  readonly action: AccessAction;
  /** `agt_…`; null: no agent is asked for. */
  readonly agentRef: string | null;
  /** `ase_…`; null: no session is asked for. */
  readonly sessionRef: string | null;
  /** Whether the agent was named by its UUID alone, as in the first API, in which another project's is not found. */
  readonly isAgentPlain: boolean;
  /** Whether the session was: the id in a token, and a token of the original system has a session that is not kept here. */
  readonly isSessionPlain: boolean;
  /** Whether the session's `meta` is wanted too; it may be large. */
  readonly withMeta: boolean;
}

export interface Access {
  /** The agent's project, or that of the caller where there is only one; null: several may be meant. */
  readonly project: { readonly id: string; readonly name: string } | null;
  /** The user's privilege in that project (1 = Admin, 2 = Member); null for a key, and without a project. */
  readonly privilege: number | null;
  readonly agent: ReachableAgent | null;
  readonly session: Session | null;
}

export type AccessDeps = Pick<Deps, 'access' | 'sessions' | 'now'>;

/**
 * The agent and the session that two keys name, for a caller who may reach them and do there what he wants.
 *
 * @throws ApiError as {@link getAgent}; then 404 `session_not_found`, also for another agent's session; then as
 *   `assertAllowed`.
 */
export async function resolveAccess(
  deps: AccessDeps,
  caller: Caller,
  question: AccessQuestion,
): Promise<Access> {
  const agent = await findAgent(deps, caller, question);
  const session = agent === null ? null : await findSession(deps, agent, question);
  const { project, privilege } = projectOf(caller, agent);
  assertAllowed(caller, question.action, { privilege, session }, deps.now());
  return { project, privilege, agent, session };
}

/**
 * The active agent that a key names. The key of a UUID names one agent of all; one that was given is looked up among the
 * caller's projects.
 *
 * @throws ApiError 403 `forbidden` for a user who is no member of the project that he named; 400 `invalid_request` when more
 *   than one of the caller's projects has an agent with this key; 404 `agent_not_found`; 403 `forbidden` for an agent that
 *   is not the caller's.
 */
export async function getAgent(
  { access }: Pick<Deps, 'access'>,
  caller: Caller,
  ref: string,
): Promise<ReachableAgent> {
  if (caller.isOutside) throw new ApiError('forbidden');
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

async function findAgent(
  deps: AccessDeps,
  caller: Caller,
  { agentRef, isAgentPlain }: AccessQuestion,
): Promise<ReachableAgent | null> {
  if (agentRef === null) return null;
  try {
    return await getAgent(deps, caller, agentRef);
  } catch (error) {
    const isElsewhere = error instanceof ApiError && error.code === 'forbidden';
    if (isElsewhere && isAgentPlain && caller.namedProjectId !== null) throw new ApiError('agent_not_found');
    throw error;
  }
}

async function findSession(
  { sessions }: AccessDeps,
  { id: agentId }: ReachableAgent,
  { action, sessionRef, isSessionPlain, withMeta }: AccessQuestion,
): Promise<Session | null> {
  if (sessionRef === null) return null;
  const session = await sessions.find(agentId, sessionRef, withMeta);
  if (session !== null) return session;
  const sessionId = uuidInKey('ase', sessionRef);
  const mayBeUnknown = action === 'capture' && isSessionPlain && sessionId !== null;
  if (mayBeUnknown && !(await sessions.exists(sessionId))) return null;
  throw new ApiError('session_not_found');
}

function projectOf(caller: Caller, agent: ReachableAgent | null): Pick<Access, 'project' | 'privilege'> {
  const [only] = caller.kind === 'user' ? [caller.namedProjectId] : caller.projects.keys();
  const id = agent?.projectId ?? only ?? null;
  const project = id === null ? undefined : caller.projects.get(id);
  if (id === null || project === undefined) return { project: null, privilege: null };
  return { project: { id, name: project.name }, privilege: project.privilege };
}
