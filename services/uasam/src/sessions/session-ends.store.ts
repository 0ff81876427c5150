import { formatTime } from '@otas/event-schema';
import type { AuditEntry } from '../audit/audit-record';
import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import type { Database } from '../db/database';
import { Prisma } from '../db/generated/client';
import { type NewErasure, requestErasure } from '../erasures/erasures.store';
import { wireTime } from '../wire/answers';
import { expiredBefore, type SessionEnd, statusOf } from './session-status';
import { type Session, type SessionRow, sessionColumns, sessionOf } from './sessions.store';

interface OwnedSession extends Session {
  readonly agentId: string;
}

/** A session that is over, and whether it is only now. */
export interface EndedSession {
  readonly session: Session;
  readonly isNew: boolean;
}

/** How sessions end before they expire, and how they are deleted. */
export class SessionEndsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Ends a session of the project, and of that agent unless it is null. One that is over already stays as it is. Gives the
   * session as it is now, and whether that is new; null when there is none.
   */
  end(
    change: ProjectChange,
    sessionId: string,
    agentId: string | null,
    endKind: SessionEnd,
  ): Promise<EndedSession | null> {
    return inAuditedTransaction<EndedSession | null>(this.#database, change, async (transaction) => {
      const session = await find(transaction, change.projectId, sessionId);
      if (session === null || (agentId !== null && session.agentId !== agentId)) {
        return { result: null, entries: [] };
      }
      if (statusOf(session, change.at) !== 'active') {
        return { result: { session, isNew: false }, entries: [] };
      }
      await transaction.$executeRaw`
        UPDATE agent_sessions SET ended_at = ${change.at.toISOString()}::timestamptz, end_kind = ${endKind}
         WHERE id = ${sessionId}::uuid`;
      const ended = { ...session, endedAt: change.at.getTime() * 1000, endKind };
      return { result: { session: ended, isNew: true }, entries: [endEntry(ended, change.at, endKind)] };
    });
  }

  /**
   * Deletes a session of the project and requests the erasure of what was recorded of it. That erasure is also what says from
   * now on that its token is no more. Null: there is no such session.
   */
  delete(change: ProjectChange, sessionId: string, erasureId: string): Promise<NewErasure | null> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const session = await find(transaction, projectId, sessionId);
      if (session === null) return { result: null, entries: [] };
      await transaction.agentSession.delete({ where: { id: sessionId }, select: { id: true } });
      const { agentId, createdAt, endedAt } = session;
      const what = { kind: 'session', projectId, agentId, sessionId } as const;
      const when = { requestedAt: at, recordsErasedAt: at };
      const erasure = { id: erasureId, ...what, ...when, erased: { sessions: 1 } };
      await requestErasure(transaction, erasure);
      const times = { created_at: formatTime(createdAt), ended_at: endedAt && formatTime(endedAt) };
      const before = { agent_id: agentId, ...times };
      const target = { targetKind: 'session', targetId: sessionId } as const;
      const after = { erasure_id: erasureId };
      return { result: erasure, entries: [{ action: 'session.deleted', ...target, before, after }] };
    });
  }

  /** Revokes the sessions of a key that have not ended, and gives how many; null when the project has no such key. */
  revokeAllOfKey(change: ProjectChange, keyId: string): Promise<number | null> {
    const at = change.at.toISOString();
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const where = { id: keyId, agent: { projectId: change.projectId } };
      const key = await transaction.agentKey.findFirst({ where, select: { agentId: true } });
      if (key === null) return { result: null, entries: [] };
      // Those of the last 30 days alone, through the index of the agent's list.
      const count = await transaction.$executeRaw`
        UPDATE agent_sessions SET ended_at = ${at}::timestamptz, end_kind = 'revoked'
         WHERE agent_id = ${key.agentId}::uuid AND agent_key_id = ${keyId}::uuid AND ended_at IS NULL
           AND created_at >= ${expiredBefore(change.at).toISOString()}::timestamptz`;
      const after = { agent_id: key.agentId, count, revoked_at: wireTime(change.at) };
      const entry: AuditEntry = {
        ...{ action: 'agent_key.sessions_revoked', targetKind: 'agent_key', targetId: keyId },
        ...{ before: null, after },
      };
      return { result: count, entries: count === 0 ? [] : [entry] };
    });
  }
}

async function find(
  transaction: Transaction,
  projectId: string,
  sessionId: string,
): Promise<OwnedSession | null> {
  const [row] = await transaction.$queryRaw<(SessionRow & { agentId: string })[]>`
    SELECT ${Prisma.raw(sessionColumns)}, s.agent_id AS "agentId", s.meta::text AS meta
      FROM agent_sessions s
      JOIN agents a ON a.id = s.agent_id AND a.project_id = ${projectId}::uuid
     WHERE s.id = ${sessionId}::uuid`;
  return row === undefined ? null : { ...sessionOf(row), agentId: row.agentId };
}

function endEntry({ id, agentId, createdAt }: OwnedSession, at: Date, endKind: SessionEnd): AuditEntry {
  const fixed = { agent_id: agentId, created_at: formatTime(createdAt) };
  return {
    ...{ action: `session.${endKind}`, targetKind: 'session', targetId: id },
    before: { ...fixed, ended_at: null },
    after: { ...fixed, ended_at: wireTime(at) },
  };
}
