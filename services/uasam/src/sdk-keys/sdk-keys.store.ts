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

  async create(projectId: string, key: NewSdkKeyRow): Promise<void> {
    const { id, prefix, name, createdAt, expiresAt, keyHash, createdBy } = key;
    const data = { id, projectId, prefix, keyHash, name, createdBy, createdAt, expiresAt };
    await this.#database.prisma.sdkKey.create({ data, select: { id: true } });
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

  /** Ends a key, from `at` on unless it has ended before. False when the project has no such key. */
  async revoke(projectId: string, keyId: string, at: Date): Promise<boolean> {
    const count = await this.#database.prisma.$executeRaw`
      UPDATE sdk_keys SET revoked_at = coalesce(revoked_at, ${at.toISOString()}::timestamptz)
       WHERE id = ${keyId}::uuid AND project_id = ${projectId}::uuid`;
    return count > 0;
  }
}
