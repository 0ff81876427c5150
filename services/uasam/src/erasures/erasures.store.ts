import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import type { Database } from '../db/database';
import type { Erasure as ErasureRow } from '../db/generated/client';

/** Numbers of rows by what they were. */
export type ErasedCounts = Readonly<Record<string, number>>;

/** What is to be gone from every store: a deleted project, agent or session. */
export interface Erasure {
  readonly id: string;
  readonly kind: 'project' | 'agent' | 'session';
  readonly projectId: string;
  /** Null of a project. */
  readonly agentId: string | null;
  /** Null unless it is of a session. */
  readonly sessionId: string | null;
  readonly requestedAt: Date;
  /** When Brain said that nothing of it is left in its store; null: not yet. */
  readonly eventsErasedAt: Date | null;
  /** When nothing of it was left in any store; null: not yet. */
  readonly doneAt: Date | null;
  readonly erased: ErasedCounts;
}

export interface NewErasure
  extends Pick<Erasure, 'id' | 'kind' | 'projectId' | 'agentId' | 'sessionId' | 'requestedAt' | 'erased'> {
  /** When its records were deleted with the request itself; left out: that is still to be done. */
  readonly recordsErasedAt?: Date;
}

/** The part of an erasure that was done: of what this database has, or of what Brain has. */
export type ErasurePart = 'records' | 'events';

/** Part of the transaction that deletes what the erasure is about, so that both are seen or neither. */
export async function requestErasure(transaction: Transaction, erasure: NewErasure): Promise<void> {
  await transaction.erasure.create({ data: erasure, select: { id: true } });
}

export class ErasuresStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The oldest erasures, or those after one (null: from the first), in the order of their ids; at most `limit`. */
  async list(after: string | null, limit: number): Promise<Erasure[]> {
    const where = after === null ? {} : { id: { gt: after } };
    const rows = await this.#database.prisma.erasure.findMany({ where, orderBy: { id: 'asc' }, take: limit });
    return rows.map(erasureOf);
  }

  async find(id: string): Promise<Erasure | null> {
    const row = await this.#database.prisma.erasure.findUnique({ where: { id } });
    return row === null ? null : erasureOf(row);
  }

  /** The oldest erasures that were requested until a time and whose records are still in this database; at most `limit`. */
  async listWithRecords(until: Date, limit: number): Promise<Erasure[]> {
    const where = { recordsErasedAt: null, requestedAt: { lte: until } };
    const rows = await this.#database.prisma.erasure.findMany({ where, orderBy: { id: 'asc' }, take: limit });
    return rows.map(erasureOf);
  }

  /**
   * Notes once that a part of an erasure was done, with `counts` of what it erased, and runs `work` in the same transaction.
   * With the second part the erasure is done, and the project's audit log says so. Gives it as it is then.
   */
  finish(
    change: ProjectChange,
    erasureId: string,
    part: ErasurePart,
    counts: ErasedCounts,
    work: (transaction: Transaction) => Promise<void> = async () => undefined,
  ): Promise<Erasure> {
    const where = { id: erasureId, projectId: change.projectId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      await work(transaction);
      const row = await transaction.erasure.findUniqueOrThrow({ where });
      if (row[`${part}ErasedAt`] !== null) return { result: erasureOf(row), entries: [] };
      const isDone = row.recordsErasedAt !== null || row.eventsErasedAt !== null;
      const erased = { ...counts, ...(row.erased as ErasedCounts) };
      const data = { erased, [`${part}ErasedAt`]: change.at, doneAt: isDone ? change.at : null };
      const result = erasureOf(await transaction.erasure.update({ where, data }));
      const after = { erasure_id: erasureId, erased };
      const entry = { action: `${result.kind}.erased`, ...targetOf(result), before: null, after } as const;
      return { result, entries: isDone ? [entry] : [] };
    });
  }
}

/** What an erasure is about, as the audit log names it. */
export function targetOf({ kind, projectId, agentId, sessionId }: Omit<NewErasure, 'erased'>) {
  return { targetKind: kind, targetId: sessionId ?? agentId ?? projectId };
}

function erasureOf({ recordsErasedAt: _, kind, erased, ...row }: ErasureRow): Erasure {
  return { ...row, kind: kind as Erasure['kind'], erased: erased as ErasedCounts };
}
