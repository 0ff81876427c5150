import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { SessionListQuery } from './sessions.schemas';
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
 * The sessions of an active agent of the caller's project, newest first.
 *
 * @throws ApiError 403 `agent_not_found_or_no_access`, also for an id that is no UUID; 400 `invalid_cursor`.
 */
export async function listSessions(
  deps: Pick<Deps, 'agents' | 'sessions' | 'sessionCursors'>,
  { project }: MemberPrincipal,
  query: SessionListQuery,
): Promise<SessionList> {
  const agentId = parseUuid(query.agentId);
  if (agentId === null || (await deps.agents.findActive(project.id, agentId)) === null) {
    throw new ApiError('agent_not_found_or_no_access');
  }
  const after = query.cursor === null ? null : deps.sessionCursors.read(agentId, query.cursor);
  if (query.cursor !== null && after === null) throw new ApiError('invalid_cursor');
  const { sessions, hasMore } = await deps.sessions.list(agentId, after, query.limit ?? sessionsMax);
  const last = sessions.at(-1);
  const nextCursor = hasMore && last !== undefined ? deps.sessionCursors.write(agentId, last) : null;
  return { agentId, sessions, nextCursor };
}
