import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { SessionClaims } from '@otas/session-token';
import type { UasamClient } from '@otas/uasam-client';
import type { CapturePrincipal } from '../capture/to-event';
import type { SessionVerifier } from '../tokens/session-verifier';

export interface CaptureAuth {
  readonly uasam: UasamClient;
  readonly sessionTokens: Pick<SessionVerifier, 'verify'>;
}

/**
 * An SDK key and the token of a session in the key's own project.
 *
 * @throws ApiError as the contract orders them: 401 `missing_sdk_key`, 401 `invalid_sdk_key`, 401
 *   `missing_agent_session_token`, 401 `invalid_or_expired_token`, 403 `session_project_mismatch`, and once more 401
 *   `invalid_or_expired_token` when the session's agent is inactive; 503 when UASAM cannot be asked
 */
export async function authenticateSdkCapture(
  auth: CaptureAuth,
  context: RequestContext,
): Promise<CapturePrincipal> {
  const key = context.header('x-otas-sdk-key');
  if (key === null) throw new ApiError('missing_sdk_key');
  const project = await auth.uasam.findSdkKeyProject(key);
  if (project === null) throw new ApiError('invalid_sdk_key');
  const session = await authenticateSession(auth, context);
  // A token of the original system names no project, and whose its agent is cannot be asked with an SDK key.
  if (session.projectId !== project.projectId) throw new ApiError('session_project_mismatch');
  const isActive = await auth.uasam.isAgentOfSdkKey(key, session.agentId);
  if (!isActive) throw new ApiError('invalid_or_expired_token');
  return { projectId: project.projectId, agentId: session.agentId, sessionId: session.sessionId };
}

/**
 * An agent key and the token of a session of the same agent.
 *
 * @throws ApiError 401 `missing_agent_key`, 401 `invalid_or_expired_agent_key`, 401 `missing_agent_session_token`, 401
 *   `invalid_or_expired_token`, 403 `session_agent_mismatch`; 503 when UASAM cannot be asked
 */
export async function authenticateAgentCapture(
  auth: CaptureAuth,
  context: RequestContext,
): Promise<CapturePrincipal> {
  const key = context.header('x-otas-agent-key');
  if (key === null) throw new ApiError('missing_agent_key');
  const owner = await auth.uasam.findAgentKeyOwner(key);
  if (owner === null) throw new ApiError('invalid_or_expired_agent_key');
  const session = await authenticateSession(auth, context);
  if (session.agentId !== owner.agentId) throw new ApiError('session_agent_mismatch');
  return { projectId: owner.projectId, agentId: owner.agentId, sessionId: session.sessionId };
}

async function authenticateSession(auth: CaptureAuth, context: RequestContext): Promise<SessionClaims> {
  const token = context.header('x-otas-agent-session-token');
  if (token === null) throw new ApiError('missing_agent_session_token');
  const claims = await auth.sessionTokens.verify(token);
  const sessionId = parseUuid(claims?.sessionId);
  const agentId = parseUuid(claims?.agentId);
  if (claims === null || sessionId === null || agentId === null)
    throw new ApiError('invalid_or_expired_token');
  return { ...claims, sessionId, agentId };
}
