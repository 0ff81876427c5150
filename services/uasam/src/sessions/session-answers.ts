import { formatTime, keyOfUuid, wire } from '@otas/event-schema';
import { JsonText } from '@otas/http-kit';
import { z } from 'zod';
import { wireTime } from '../wire/answers';
import type { NewSession } from './create-session';
import type { SessionList } from './list-sessions';
import { expiryOf, sessionStatuses, statusOf } from './session-status';
import type { Session } from './sessions.store';

export const newSession = z.object({
  Header_value: z.literal('X-OTAS-AGENT-SESSION-TOKEN'),
  jwt_token: wire.token,
  agent_session_id: wire.uuid,
  expires_at: wire.time,
  session_ref: wire.key('ase'),
});

export const session = z
  .object({
    id: wire.uuid,
    agent_key_id: wire.uuid.nullable(),
    created_at: wire.time,
    session_ref: wire.key('ase'),
    meta: wire.json,
    status: z.enum(sessionStatuses),
    ended_at: wire.time.nullable(),
    expires_at: wire.time,
  })
  .meta({ id: 'Session' });

export const sessionList = z.object({
  agent_id: wire.uuid,
  sessions: z.array(session),
  next_cursor: wire.cursor.optional(),
});

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

/** A page of sessions as they are at `now`, as JSON text, because every `meta` already is. */
export function sessionListAnswer({ agentId, sessions, nextCursor }: SessionList, now: Date): JsonText {
  const next = nextCursor === null ? '' : `,"next_cursor":${JSON.stringify(nextCursor)}`;
  const list = sessions.map((session) => sessionText(session, now)).join(',');
  return new JsonText(`{"agent_id":"${agentId}","sessions":[${list}]${next}}`);
}

export function sessionAnswer(session: Session, now: Date): JsonText {
  return new JsonText(`{"session":${sessionText(session, now)}}`);
}

/** A session as it is at `now`, as JSON text. */
export function sessionText(session: Session, now: Date): string {
  const { id, agentKeyId, createdAt, endedAt, ref, meta } = session;
  const first = JSON.stringify({
    id,
    agent_key_id: agentKeyId,
    created_at: formatTime(createdAt),
    session_ref: ref ?? keyOfUuid('ase', id),
  });
  const last = JSON.stringify({
    status: statusOf(session, now),
    ended_at: endedAt === null ? null : formatTime(endedAt),
    expires_at: formatTime(expiryOf(session)),
  });
  return `${first.slice(0, -1)},"meta":${meta},${last.slice(1)}`;
}
