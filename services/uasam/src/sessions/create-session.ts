import { uuidv7 } from 'uuidv7';
import type { AgentKeyPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

export interface NewSession {
  readonly sessionId: string;
  readonly token: string;
  readonly expiresAt: Date;
}

const lifetimeSeconds = 30 * 24 * 60 * 60;

/** Starts a session of the agent whose key was used; `meta` is JSON text. */
export async function createSession(
  deps: Pick<Deps, 'sessions' | 'sessionTokens' | 'now'>,
  { agent, keyId, projectId }: AgentKeyPrincipal,
  meta: string,
): Promise<NewSession> {
  const at = deps.now();
  const sessionId = uuidv7();
  await deps.sessions.create(agent.id, {
    id: sessionId,
    agentKeyId: keyId,
    createdAt: at.getTime() * 1000,
    meta,
  });
  const issuedAtSeconds = Math.floor(at.getTime() / 1000);
  const token = deps.sessionTokens.sign({ sessionId, agentId: agent.id, projectId }, issuedAtSeconds);
  return { sessionId, token, expiresAt: new Date((issuedAtSeconds + lifetimeSeconds) * 1000) };
}
