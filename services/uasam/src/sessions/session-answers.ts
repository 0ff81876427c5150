import { formatTime, keyOfUuid } from '@otas/event-schema';
import { JsonText } from '@otas/http-kit';
import { wireTime } from '../wire/answers';
import type { NewSession } from './create-session';
import type { SessionList } from './list-sessions';
import type { Session } from './sessions.store';

/** The token, and the header in which an agent sends it; the capital letter is the original's. */
export function newSessionAnswer({ sessionId, ref, token, expiresAt }: NewSession): object {
  return {
    Header_value: 'X-OTAS-AGENT-SESSION-TOKEN',
    jwt_token: token,
    agent_session_id: sessionId,
    expires_at: wireTime(expiresAt),
    session_ref: ref,
  };
}

/** A page of sessions as JSON text, because every `meta` already is. */
export function sessionListAnswer({ agentId, sessions, nextCursor }: SessionList): JsonText {
  const next = nextCursor === null ? '' : `,"next_cursor":${JSON.stringify(nextCursor)}`;
  return new JsonText(`{"agent_id":"${agentId}","sessions":[${sessions.map(sessionText).join(',')}]${next}}`);
}

/** A session as JSON text. */
export function sessionText({ id, agentKeyId, createdAt, ref, meta }: Session): string {
  const created = formatTime(createdAt);
  const key = ref ?? keyOfUuid('ase', id);
  return `{"id":"${id}","agent_key_id":"${agentKeyId}","created_at":"${created}","session_ref":"${key}","meta":${meta}}`;
}
