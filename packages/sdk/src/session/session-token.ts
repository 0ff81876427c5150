import { parseObject } from '../record/parse-object';
import { OtasError } from './otas-error';

/** Whose events they are, as a session's token says. */
export interface SessionIdentity {
  readonly token: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly projectId: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Longer ones are no token of UASAM's, and no header either. */
const tokenMaxChars = 8192;

/**
 * Reads the claims of a session's token, without verifying it: that is what Brain does.
 *
 * @throws OtasError `invalid_session_token` when it is no JWT with these claims
 */
export function readSessionToken(token: string): SessionIdentity {
  const { agent_session_id, agent_id, project_id } = claimsOf(token);
  for (const id of [agent_session_id, agent_id, project_id]) if (!isUuid(id)) throw invalid();
  return {
    token,
    sessionId: agent_session_id as string,
    agentId: agent_id as string,
    projectId: project_id as string,
  };
}

function claimsOf(token: string): Record<string, unknown> {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  if (payload === undefined || token.length > tokenMaxChars) throw invalid();
  try {
    return parseObject(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    throw invalid();
  }
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && uuid.test(value);
}

function invalid(): OtasError {
  return new OtasError('invalid_session_token', 'The session token is not one of UASAM’s.');
}
