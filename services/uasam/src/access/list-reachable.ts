import { ApiError } from '@otas/errors';
import type { Deps } from '../deps';
import type { SessionPage } from '../sessions/sessions.store';
import type { PageQuery, SessionPageQuery } from './access.schemas';
import type { ReachableAgent } from './access.store';
import type { Caller } from './authenticate-caller';
import { assertAllowed } from './permissions';
import { getAgent } from './resolve-access';

export interface AgentList {
  readonly agents: readonly ReachableAgent[];
  readonly totalCount: number;
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

export interface SessionList {
  readonly agent: ReachableAgent;
  readonly sessions: SessionPage['sessions'];
  readonly totalCount: number;
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

/**
 * The active agents that a caller reaches, newest first.
 *
 * @throws ApiError 400 `invalid_cursor`; 403 `forbidden` for a user who is no member of the project that he named; 403
 *   `insufficient_scope` for a key without the scope `read`.
 */
export async function listReachableAgents(
  deps: Pick<Deps, 'access' | 'agentCursors' | 'now'>,
  caller: Caller,
  { limit, cursor }: PageQuery,
): Promise<AgentList> {
  const { access, agentCursors } = deps;
  const after = cursor === null ? null : agentCursors.read(caller.scope, cursor);
  if (cursor !== null && after === null) throw new ApiError('invalid_cursor');
  if (caller.isOutside) throw new ApiError('forbidden');
  assertMayRead(caller, deps.now());
  const projectIds = [...caller.projects.keys()];
  const [found, totalCount] = await Promise.all([
    access.listAgents(projectIds, caller.agentId, after, limit + 1),
    access.countAgents(projectIds, caller.agentId),
  ]);
  const agents = found.slice(0, limit);
  const last = found.length > limit ? agents.at(-1) : undefined;
  const nextCursor =
    last === undefined
      ? null
      : agentCursors.write(caller.scope, { id: last.id, createdAt: last.createdAt.getTime() * 1000 });
  return { agents, totalCount, nextCursor };
}

/**
 * The sessions of an agent that a caller reaches, newest first.
 *
 * @throws ApiError 400 `invalid_cursor`, then as {@link getAgent}; 403 `insufficient_scope`.
 */
export async function listReachableSessions(
  deps: Pick<Deps, 'access' | 'sessions' | 'sessionCursors' | 'now'>,
  caller: Caller,
  { agentRef, limit, cursor }: SessionPageQuery,
): Promise<SessionList> {
  if (cursor !== null && !deps.sessionCursors.isOurs(cursor)) throw new ApiError('invalid_cursor');
  const agent = await getAgent(deps, caller, agentRef);
  assertMayRead(caller, deps.now());
  const after = cursor === null ? null : deps.sessionCursors.read(agent.id, cursor);
  if (cursor !== null && after === null) throw new ApiError('invalid_cursor');
  const [{ sessions, hasMore }, totalCount] = await Promise.all([
    deps.sessions.list(agent.id, after, limit),
    deps.sessions.count(agent.id),
  ]);
  const last = sessions.at(-1);
  const nextCursor = hasMore && last !== undefined ? deps.sessionCursors.write(agent.id, last) : null;
  return { agent, sessions, totalCount, nextCursor };
}

function assertMayRead(caller: Caller, now: Date): void {
  assertAllowed(caller, 'read', { privilege: null, session: null }, now);
}
