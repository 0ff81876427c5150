import { ApiError } from '@otas/errors';
import type { SessionScope } from '@otas/event-store';
import type { RequestContext } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';

/**
 * What agent events call a session: its own key, else that of its id, also for a session that is not there.
 *
 * @param context the request of a reader who may read the agent
 * @throws ApiError 503 when UASAM cannot be asked
 */
export async function findSessionKey(
  uasam: Pick<UasamClient, 'directory'>,
  context: RequestContext,
  { projectId, agentId, sessionId }: SessionScope,
): Promise<string> {
  const keys = { agentKey: `agt_${agentId}`, sessionKey: `ase_${sessionId}` };
  const token = context.header('x-otas-user-token') ?? '';
  try {
    const access = await uasam.directory.resolveAgentSession(
      { kind: 'user', token, projectId },
      keys,
      'read',
    );
    return access.sessionKey;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return keys.sessionKey;
    throw error;
  }
}
