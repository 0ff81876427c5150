import { ApiError } from '@otas/errors';
import { keyOfUuid } from '@otas/event-schema';
import { uuidv7 } from 'uuidv7';
import type { AgentKeyPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import { expiryOf } from './session-status';
import type { NewSessionFields } from './sessions.schemas';

export interface NewSession {
  readonly sessionId: string;
  /** The session's v2 key: the one that it was given, else that of its id. */
  readonly ref: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Starts a session of the agent whose key was used.
 *
 * @throws ApiError 409 `already_exists` when a session of the agent has been given the same `session_ref`.
 */
export async function createSession(
  deps: Pick<Deps, 'sessions' | 'sessionTokens' | 'now'>,
  { agent, keyId, projectId }: AgentKeyPrincipal,
  { meta, ref }: NewSessionFields,
): Promise<NewSession> {
  const at = deps.now();
  const sessionId = uuidv7();
  const createdAt = at.getTime() * 1000;
  const session = { id: sessionId, agentKeyId: keyId, createdAt, meta, ref };
  if (!(await deps.sessions.create(agent.id, session))) throw new ApiError('already_exists');
  const issuedAtSeconds = Math.floor(at.getTime() / 1000);
  const token = deps.sessionTokens.sign({ sessionId, agentId: agent.id, projectId }, issuedAtSeconds);
  const expiresAt = new Date(expiryOf({ createdAt }) / 1000);
  return { sessionId, ref: ref ?? keyOfUuid('ase', sessionId), token, expiresAt };
}
