import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { endedKeyEntry, newKeyEntry } from '../audit/key-entries';
import type { Database } from '../db/database';

export interface SdkKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

export interface NewSdkKeyRow extends SdkKey {
  readonly keyHash: Uint8Array<ArrayBuffer>;
  /** Id of the user who created it. */
  readonly createdBy: string;
}

const keysMax = 10_000;

export class SdkKeysStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  create(change: ProjectChange, key: NewSdkKeyRow): Promise<void> {
    const { id, prefix, name, createdAt, expiresAt, keyHash, createdBy } = key;
    const { projectId } = change;
    const data = { id, projectId, prefix, keyHash, name, createdBy, createdAt, expiresAt };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      await transaction.sdkKey.create({ data, select: { id: true } });
      return { result: undefined, entries: [newKeyEntry('sdk_key', key)] };
    });
  }

  /** All keys of a project, the ended ones included, newest first; 10,000 at most. */
  list(projectId: string): Promise<SdkKey[]> {
    return this.#database.prisma.sdkKey.findMany({
      where: { projectId },
      select: { id: true, prefix: true, name: true, createdAt: true, expiresAt: true, revokedAt: true },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: keysMax,
    });
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
