import { ApiError } from '@otas/errors';
import { keyOfUuid } from '@otas/event-schema';
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
  const token = context.header('x-otas-user-token') ?? '';
  const credential = { kind: 'user', token, projectId } as const;
  const keys = { agentKey: keyOfUuid('agt', agentId), sessionKey: keyOfUuid('ase', sessionId) };
  try {
    return (await uasam.directory.authorizeSession(credential, keys, 'read')).sessionKey;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return keys.sessionKey;
    throw error;
  }
}
