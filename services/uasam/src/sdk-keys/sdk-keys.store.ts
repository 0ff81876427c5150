import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { endedKeyEntry, newKeyEntry, rotatedKeyEntry } from '../audit/key-entries';
import type { Database } from '../db/database';
import {
  earlierOf,
  type Key,
  keyColumns,
  type ListedKey,
  liveAt,
  type NewKeyRow,
  type ReplacedKey,
  scopesOf,
} from '../keys/key';

export interface SdkKeyRotated {
  readonly key: Key;
  readonly replaced: ReplacedKey;
}

const keysMax = 10_000;

export class SdkKeysStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param createdBy id of the user who creates it */
  create(change: ProjectChange, key: NewKeyRow, createdBy: string): Promise<void> {
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const entry = await insert(transaction, change.projectId, key, createdBy);
      return { result: undefined, entries: [entry] };
    });
  }

  /**
   * Puts a key in the place of a live one of the project, which ends at `endsAt`, or earlier when it would anyway. Null when
   * there is no such key.
   */
  rotate(
    change: ProjectChange,
    keyId: string,
    endsAt: Date,
    successorOf: (old: Key) => NewKeyRow,
    createdBy: string,
  ): Promise<SdkKeyRotated | null> {
    const { projectId, at } = change;
    const where = { id: keyId, projectId, ...liveAt(at) };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const row = await transaction.sdkKey.findFirst({ where, select: keyColumns });
      if (row === null) return { result: null, entries: [] };
      const expiresAt = earlierOf(row.expiresAt, endsAt);
      const key = successorOf({ ...row, scopes: scopesOf(row.scopes) });
      await transaction.sdkKey.updateMany({ where, data: { expiresAt } });
      const rotation = rotatedKeyEntry('sdk_key', row, expiresAt, key.id);
      const creation = await insert(transaction, projectId, key, createdBy);
      return { result: { key, replaced: { id: keyId, expiresAt } }, entries: [rotation, creation] };
    });
  }

  /** All keys of a project, the ended ones included, newest first; 10,000 at most. */
  async list(projectId: string): Promise<ListedKey[]> {
    const rows = await this.#database.prisma.sdkKey.findMany({
      where: { projectId },
      select: { ...keyColumns, revokedAt: true, lastUsedAt: true },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: keysMax,
    });
    return rows.map((row) => ({ ...row, scopes: scopesOf(row.scopes) }));
  }

  /** Ends a key, from the change's time on unless it has ended before. False when the project has no such key. */
  revoke(change: ProjectChange, keyId: string): Promise<boolean> {
    const where = { id: keyId, projectId: change.projectId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const key = await transaction.sdkKey.findFirst({ where, select: { prefix: true, revokedAt: true } });
      if (key === null || key.revokedAt !== null) return { result: key !== null, entries: [] };
      await transaction.sdkKey.updateMany({ where, data: { revokedAt: change.at } });
      return { result: true, entries: [endedKeyEntry('sdk_key', { id: keyId, ...key }, change.at)] };
    });
  }
}

async function insert(transaction: Transaction, projectId: string, key: NewKeyRow, createdBy: string) {
  const data = { ...key, scopes: [...key.scopes], projectId, createdBy };
  await transaction.sdkKey.create({ data, select: { id: true } });
  return newKeyEntry('sdk_key', key);
}
