import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import { conditionsOf, type SessionFilter } from './session-filter.store';
import type { SessionListQuery } from './session-list.schemas';
import type { Session } from './sessions.store';

export interface SessionList {
  readonly agentId: string;
  readonly sessions: readonly Session[];
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

/** Without a limit the original answers with every session; this is where it ends here. */
const sessionsMax = 10_000;

/**
 * The sessions of an active agent of the caller's project that are asked for, newest first.
 *
 * @throws ApiError 403 `agent_not_found_or_no_access`, also for an id that is no UUID; 400 `invalid_cursor`, also for
 *   a cursor of other filters.
 */
export async function listSessions(
  deps: Pick<Deps, 'agents' | 'sessions' | 'sessionCursors' | 'now'>,
  { project }: MemberPrincipal,
  query: SessionListQuery,
): Promise<SessionList> {
  const agentId = parseUuid(query.agentId);
  if (agentId === null || (await deps.agents.findActive(project.id, agentId)) === null) {
    throw new ApiError('agent_not_found_or_no_access');
  }
  const scope = scopeOf(agentId, query.filter);
  const after = query.cursor === null ? null : deps.sessionCursors.read(scope, query.cursor);
  if (query.cursor !== null && after === null) throw new ApiError('invalid_cursor');
  const wanted = conditionsOf(query.filter, deps.now());
  const { sessions, hasMore } = await deps.sessions.list(agentId, after, query.limit ?? sessionsMax, wanted);
  const last = sessions.at(-1);
  const nextCursor = hasMore && last !== undefined ? deps.sessionCursors.write(scope, last) : null;
  return { agentId, sessions, nextCursor };
}

/** Whose list it is, and which of it. A cursor of the whole list is good wherever that list is. */
function scopeOf(agentId: string, { meta, ...rest }: SessionFilter): string {
  const isWhole = meta.length === 0 && Object.values(rest).every((value) => value === null);
  const conditions = meta.map(({ path, value }) => JSON.stringify([path, value])).sort();
  return isWhole ? agentId : `${agentId} ${JSON.stringify([rest, conditions])}`;
}
