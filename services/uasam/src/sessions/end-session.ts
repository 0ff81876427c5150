import { ApiError, invalidRequest } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy, changeByAgent } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { SessionHolder } from './authenticate-session-ender';
import type { Session } from './sessions.store';

/**
 * Ends a session, so that nothing is written to it any more, and gives it as it is then; one that is over already stays as
 * it is. An agent ends the one of its token, an Admin the one that is named.
 *
 * @param named the id as it was sent; an agent leaves it out, or sends that of the token.
 * @throws ApiError 400 `session_id is required`, 400 `invalid_request` for an agent that names another session; 404
 *   `session_not_found`, also for another project's and for an id that is no UUID.
 */
export async function endSession(
  deps: Pick<Deps, 'sessionEnds' | 'now'>,
  principal: SessionHolder | MemberPrincipal,
  named: unknown,
): Promise<Session> {
  const at = deps.now();
  const ended =
    principal.kind === 'sessionHolder'
      ? await deps.sessionEnds.end(
          changeByAgent(principal, at),
          ownId(principal, named),
          principal.agentKey.agent.id,
          'ended',
        )
      : await deps.sessionEnds.end(changeBy(principal, at), namedId(named), null, 'ended');
  if (ended === null) throw new ApiError('session_not_found');
  return ended.session;
}

function ownId({ sessionId }: SessionHolder, named: unknown): string {
  if (named === null || parseUuid(named) === sessionId) return sessionId;
  throw invalidRequest([{ field: 'session_id', message: 'must be that of the session token, or left out' }]);
}

function namedId(named: unknown): string {
  if (named === null) throw new ApiError('session_id_required');
  const id = parseUuid(named);
  if (id === null) throw new ApiError('session_not_found');
  return id;
}
