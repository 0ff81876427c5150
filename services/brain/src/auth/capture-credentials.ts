import { ApiError, type ErrorCode } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { SessionClaims } from '@otas/session-token';
import {
  AccessRefused,
  type Answer,
  type CaptureGrant,
  type Credential,
  type RefusalReason,
  type UasamClient,
} from '@otas/uasam-client';
import type { CapturePrincipal } from '../capture/to-event';
import type { SessionVerifier } from '../tokens/session-verifier';

export interface CaptureAuth {
  readonly uasam: Pick<UasamClient, 'authorizer'>;
  readonly sessionTokens: Pick<SessionVerifier, 'verify'>;
}

/** How the errors of a route are called. */
type Refusals = Partial<Record<RefusalReason, ErrorCode>>;

const sessionRefusals: Refusals = {
  session_not_found: 'invalid_or_expired_token',
  session_ended: 'invalid_or_expired_token',
  insufficient_scope: 'insufficient_scope',
};
const sdkRefusals: Refusals = {
  ...sessionRefusals,
  invalid_sdk_key: 'invalid_sdk_key',
  agent_not_found: 'invalid_or_expired_token',
  forbidden: 'session_project_mismatch',
};
const agentRefusals: Refusals = {
  ...sessionRefusals,
  invalid_agent_key: 'invalid_or_expired_agent_key',
  agent_not_found: 'session_agent_mismatch',
  forbidden: 'session_agent_mismatch',
};

/**
 * An SDK key and the token of a session in the key's own project.
 *
 * @throws ApiError as the contract orders them: 401 `missing_sdk_key`, 401 `invalid_sdk_key`, 401
 *   `missing_agent_session_token`, 401 `invalid_or_expired_token`, also when the session has ended or its agent is
 *   inactive, 403 `session_project_mismatch`, 403 `insufficient_scope`; 503 when UASAM cannot be asked
 */
export function authenticateSdkCapture(
  auth: CaptureAuth,
  context: RequestContext,
): CapturePrincipal | Promise<CapturePrincipal> {
  const key = context.header('x-otas-sdk-key');
  if (key === null) throw new ApiError('missing_sdk_key');
  return grantCapture(auth, { kind: 'sdkKey', key }, sessionTokenIn(context));
}

/**
 * An agent key and the token of a session of the same agent.
 *
 * @throws ApiError 401 `missing_agent_key`, 401 `invalid_or_expired_agent_key`, 401 `missing_agent_session_token`, 401
 *   `invalid_or_expired_token`, also when the session has ended, 403 `session_agent_mismatch`, 403 `insufficient_scope`;
 *   503 when UASAM cannot be asked
 */
export function authenticateAgentCapture(
  auth: CaptureAuth,
  context: RequestContext,
): CapturePrincipal | Promise<CapturePrincipal> {
  const key = context.header('x-otas-agent-key');
  if (key === null) throw new ApiError('missing_agent_key');
  return grantCapture(auth, { kind: 'agentKey', key }, sessionTokenIn(context));
}

/** Empty: there is none. */
export function sessionTokenIn(context: RequestContext): string {
  return context.header('x-otas-agent-session-token') ?? '';
}

/** A key that writes. */
export type KeyCredential = Extract<Credential, { kind: 'sdkKey' | 'agentKey' }>;

/**
 * Where the holder of this key may record with the token of a session; remembered.
 *
 * @throws ApiError (or the promise) as the two above, but for the missing key
 */
export function grantCapture(
  auth: CaptureAuth,
  credential: KeyCredential,
  token: string,
): CapturePrincipal | Promise<CapturePrincipal> {
  const route = credential.kind === 'sdkKey' ? 'sdk' : 'agent';
  return auth.uasam.authorizer.getCapture(route, credential.key, token, () =>
    askUasam(auth, credential, token),
  );
}

async function askUasam(
  { uasam, sessionTokens }: CaptureAuth,
  credential: KeyCredential,
  token: string,
): Promise<Answer<CaptureGrant>> {
  try {
    const session = await verifySession(sessionTokens, token);
    if (session === null) {
      // What is wrong with the key is told first.
      await uasam.authorizer.authorize({ credential, action: 'identify' }, 'write');
      throw new ApiError(token === '' ? 'missing_agent_session_token' : 'invalid_or_expired_token');
    }
    const { agentId, sessionId } = session;
    const question = { credential, action: 'capture', agent: agentId, session: sessionId } as const;
    const { projectId: named, ids, endsAtMs } = await uasam.authorizer.ask(question);
    const projectId = projectOf(named);
    if (credential.kind === 'sdkKey' && (session.projectId ?? projectId) !== projectId) {
      throw new ApiError('session_project_mismatch');
    }
    const tokenEndsAtMs = session.expiresAtSeconds * 1000;
    return { value: { projectId, agentId, sessionId }, ids, endsAtMs: Math.min(endsAtMs, tokenEndsAtMs) };
  } catch (error) {
    throw refusalOf(error, credential);
  }
}

/** @throws ApiError 503 `auth_service_error` */
export function projectOf(projectId: string | null): string {
  if (projectId === null) throw new ApiError('auth_service_error', { cause: 'UASAM named no project' });
  return projectId;
}

/** A refusal as the routes of this key call it; any other error as it is. */
export function refusalOf(error: unknown, { kind }: KeyCredential): unknown {
  if (!(error instanceof AccessRefused)) return error;
  const refusals = kind === 'sdkKey' ? sdkRefusals : agentRefusals;
  return new ApiError(refusals[error.reason] ?? 'auth_service_error', { cause: error });
}

async function verifySession(
  sessionTokens: CaptureAuth['sessionTokens'],
  token: string,
): Promise<SessionClaims | null> {
  const claims = await sessionTokens.verify(token);
  const sessionId = parseUuid(claims?.sessionId);
  const agentId = parseUuid(claims?.agentId);
  return claims === null || sessionId === null || agentId === null ? null : { ...claims, sessionId, agentId };
}
