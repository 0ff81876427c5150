import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { AgentKeyPrincipal, MemberPrincipal, RequestOrigin } from '../auth/principals';
import type { Deps } from '../deps';

/** An agent that has shown a token of a session of its own. */
export interface SessionHolder {
  readonly kind: 'sessionHolder';
  readonly agentKey: AgentKeyPrincipal;
  /** A UUID; whether such a session is kept is not known. */
  readonly sessionId: string;
  readonly origin: RequestOrigin;
}

/**
 * Whoever may end a session: with `X-OTAS-AGENT-KEY`, which must have the scope `capture`, the agent itself, by the token in
 * `X-OTAS-AGENT-SESSION-TOKEN`; else an Admin of the project.
 *
 * @throws ApiError as `capturingAgentKey`, then 401 `missing_agent_session_token`, `invalid_or_expired_token`, 403
 *   `session_agent_mismatch`; or as `admin`.
 */
export async function authenticateSessionEnder(
  { credentials, sessionTokens }: Pick<Deps, 'credentials' | 'sessionTokens'>,
  context: RequestContext,
): Promise<SessionHolder | MemberPrincipal> {
  if (context.header('x-otas-agent-key') === null) return credentials.admin(context);
  const agentKey = await credentials.capturingAgentKey(context);
  const token = context.header('x-otas-agent-session-token');
  if (token === null) throw new ApiError('missing_agent_session_token');
  const claims = sessionTokens.verify(token);
  const sessionId = parseUuid(claims?.sessionId);
  if (claims === null || sessionId === null) throw new ApiError('invalid_or_expired_token');
  if (parseUuid(claims.agentId) !== agentKey.agent.id) throw new ApiError('session_agent_mismatch');
  return { kind: 'sessionHolder', agentKey, sessionId, origin: credentials.originOf(context) };
}
