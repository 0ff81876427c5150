import type { Database } from '../db/database';

export interface AgentKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface NewAgentKeyRow extends AgentKey {
  readonly keyHash: Uint8Array<ArrayBuffer>;
}

export class AgentKeysStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Gives an active agent of the project a new key and ends the earlier ones. False when there is no such agent.
   * The agent's row is locked first: calls at the same time come one after the other, and one key stays.
   */
  replace(projectId: string, agentId: string, key: NewAgentKeyRow): Promise<boolean> {
    return this.#database.prisma.$transaction(async (transaction) => {
      // Not FOR UPDATE, for which the creation of sessions, which refer to the agent, would have to wait.
      const agents = await transaction.$queryRaw<unknown[]>`
        SELECT id FROM agents
         WHERE id = ${agentId}::uuid AND project_id = ${projectId}::uuid AND is_active FOR NO KEY UPDATE`;
      if (agents.length === 0) return false;
      await transaction.agentKey.updateMany({
        where: { agentId, revokedAt: null },
        data: { revokedAt: key.createdAt },
      });
      await transaction.agentKey.create({ data: { ...key, agentId }, select: { id: true } });
      return true;
    });
  }

  /** Ends a key, from `at` on unless it has ended before. False when no agent of the project has such a key. */
  async revoke(projectId: string, keyId: string, at: Date): Promise<boolean> {
    const count = await this.#database.prisma.$executeRaw`
      UPDATE agent_keys k SET revoked_at = coalesce(k.revoked_at, ${at.toISOString()}::timestamptz)
        FROM agents a
       WHERE k.id = ${keyId}::uuid AND a.id = k.agent_id AND a.project_id = ${projectId}::uuid`;
    return count > 0;
  }
}
