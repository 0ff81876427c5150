import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { endedKeyEntry, newKeyEntry } from '../audit/key-entries';
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

  /** Gives an active agent of the project a new key and ends the earlier ones. False when there is no such agent. */
  replace(change: ProjectChange, agentId: string, key: NewAgentKeyRow): Promise<boolean> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const agent = { id: agentId, projectId, isActive: true };
      if ((await transaction.agent.count({ where: agent })) === 0) return { result: false, entries: [] };
      const where = { agentId, revokedAt: null };
      const ended = await transaction.agentKey.findMany({ where, select: { id: true, prefix: true } });
      await transaction.agentKey.updateMany({ where, data: { revokedAt: at } });
      await transaction.agentKey.create({ data: { ...key, agentId }, select: { id: true } });
      const endings = ended.map((one) => endedKeyEntry('agent_key', one, at));
      return { result: true, entries: [...endings, newKeyEntry('agent_key', key, agentId)] };
    });
  }

  /** Ends a key, from the change's time on unless it has ended before. False when no agent of the project has such a key. */
  revoke(change: ProjectChange, keyId: string): Promise<boolean> {
    const where = { id: keyId, agent: { projectId: change.projectId } };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const key = await transaction.agentKey.findFirst({ where, select: { prefix: true, revokedAt: true } });
      if (key === null || key.revokedAt !== null) return { result: key !== null, entries: [] };
      await transaction.agentKey.updateMany({ where, data: { revokedAt: change.at } });
      return { result: true, entries: [endedKeyEntry('agent_key', { id: keyId, ...key }, change.at)] };
    });
  }
}
