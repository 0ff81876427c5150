import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { SessionTokens } from '@otas/session-token';
import type { SessionAccess, UasamClient } from '@otas/uasam-client';
import { parseFor, readRequest } from './credential';
import { parseKeys } from './keys';

const keyNames = ['agent_key', 'session_key'] as const;

/**
 * Whoever may read the session in the path, or change its record, and what `parse` reads from the rest of the path and the
 * query. To change it is for an Admin of the project, and for an SDK key that may capture.
 *
 * @throws ApiError 401 `unauthorized`; 400 `invalid_request`, and what `parse` throws; 404 `agent_not_found`; 403
 *   `forbidden`; 404 `session_not_found`; 403 `forbidden` for who reaches the session and may not do this; 503 when
 *   UASAM cannot be asked
 */
export async function authorizePerson<Asked>(
  uasam: Pick<UasamClient, 'directory'>,
  context: RequestContext,
  action: 'read' | 'edit',
  parse: (context: RequestContext) => Asked,
): Promise<{ readonly access: SessionAccess; readonly asked: Asked }> {
  const { credential, asked } = await readRequest(uasam, context, () => ({
    keys: parseKeys(context, keyNames),
    more: parse(context),
  }));
  const { agent_key: agentKey, session_key: sessionKey } = asked.keys;
  const access = await uasam.directory.authorizeSession(credential, { agentKey, sessionKey }, action);
  return { access, asked: asked.more };
}

/**
 * The agent itself, in the session in the path: `X-OTAS-AGENT-KEY` and that session's `X-OTAS-AGENT-SESSION-TOKEN`. One
 * that was known goes on for ten minutes while UASAM is away.
 *
 * @throws ApiError as {@link authorizePerson}, 401 `unauthorized` also when the session has ended; then 403 `forbidden` for
 *   the token of another session
 */
export async function authorizeAgent(
  auth: { readonly uasam: Pick<UasamClient, 'directory'>; readonly sessionTokens: SessionTokens },
  context: RequestContext,
): Promise<SessionAccess> {
  const key = context.header('x-otas-agent-key');
  const token = context.header('x-otas-agent-session-token');
  const claims = token === null ? null : auth.sessionTokens.verify(token);
  if (key === null || claims === null) throw new ApiError('unauthorized');
  const credential = { kind: 'agentKey' as const, key };
  const keys = await parseFor(auth.uasam, credential, () => parseKeys(context, keyNames));
  const { agent_key: agentKey, session_key: sessionKey } = keys;
  const access = await auth.uasam.directory.authorizeSession(credential, { agentKey, sessionKey }, 'capture');
  if (parseUuid(claims.sessionId) !== access.sessionId) throw new ApiError('forbidden');
  return access;
}
