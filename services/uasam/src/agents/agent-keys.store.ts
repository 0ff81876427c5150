import { formatTime, type Micros } from '@otas/event-schema';
import { type Audited, inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { endedKeyEntry, newKeyEntry, rotatedKeyEntry } from '../audit/key-entries';
import type { Database, Statement } from '../db/database';
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
import type { ListPosition } from '../wire/list-cursors';

/** A key of an agent in the list. */
export interface AgentKeyEntry extends ListedKey {
  /** The time of creation, to the microsecond. */
  readonly createdMicros: Micros;
}

export interface AgentKeyRotated {
  readonly agentId: string;
  readonly key: Key;
  readonly replaced: ReplacedKey;
}

type AgentKeyRow = Omit<AgentKeyEntry, 'createdMicros'> & { readonly createdMicros: string };

/** What came of a rotation, or the error's code. */
export type RotationOutcome = AgentKeyRotated | 'agent_key_not_found' | 'agent_key_limit_reached';

/** How many live keys an agent has at most. */
export const agentKeysMax = 100;

const selectAgentKeys: Statement = {
  name: 'select_agent_keys',
  text: `
    SELECT k.id, k.prefix, k.name, k.scopes, k.created_at AS "createdAt", k.expires_at AS "expiresAt",
           k.revoked_at AS "revokedAt", k.last_used_at AS "lastUsedAt",
           (extract(epoch FROM k.created_at) * 1000000)::bigint::text AS "createdMicros"
      FROM agent_keys k
      JOIN agents a ON a.id = k.agent_id AND a.project_id = $1::uuid
     WHERE k.agent_id = $2::uuid
       AND ($3::timestamptz IS NULL OR (k.created_at, k.id) < ($3::timestamptz, $4::uuid))
     ORDER BY k.created_at DESC, k.id DESC
     LIMIT $5`,
};

export class AgentKeysStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives an active agent of the project a new key and ends the live ones. False when there is no such agent. */
  replace(change: ProjectChange, agentId: string, key: NewKeyRow): Promise<boolean> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      if (!(await isActive(transaction, projectId, agentId))) return refused(false);
      const where = { agentId, ...liveAt(at) };
      const ended = await transaction.agentKey.findMany({ where, select: { id: true, prefix: true } });
      await transaction.agentKey.updateMany({ where, data: { revokedAt: at } });
      const endings = ended.map((one) => endedKeyEntry('agent_key', one, at));
      return { result: true, entries: [...endings, await insert(transaction, agentId, key)] };
    });
  }

  /** Gives an active agent of the project one more key. `done`, or the error's code. */
  add(
    change: ProjectChange,
    agentId: string,
    key: NewKeyRow,
  ): Promise<'done' | 'agent_not_found_or_invalid_id' | 'agent_key_limit_reached'> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      if (!(await isActive(transaction, projectId, agentId))) return refused('agent_not_found_or_invalid_id');
      const liveCount = await transaction.agentKey.count({ where: { agentId, ...liveAt(at) } });
      if (liveCount >= agentKeysMax) return refused('agent_key_limit_reached');
      return { result: 'done', entries: [await insert(transaction, agentId, key)] };
    });
  }

  /**
   * Puts a key in the place of a live one of an active agent of the project, which ends at `endsAt`, or earlier when it would
   * anyway.
   */
  rotate(
    change: ProjectChange,
    keyId: string,
    endsAt: Date,
    successorOf: (old: Key) => NewKeyRow,
  ): Promise<RotationOutcome> {
    const { projectId, at } = change;
    const where = { id: keyId, ...liveAt(at), agent: { projectId, isActive: true } };
    return inAuditedTransaction<RotationOutcome>(this.#database, change, async (transaction) => {
      const row = await transaction.agentKey.findFirst({ where, select: { ...keyColumns, agentId: true } });
      if (row === null) return refused('agent_key_not_found');
      const { agentId, ...stored } = row;
      const old = { ...stored, scopes: scopesOf(stored.scopes) };
      const expiresAt = earlierOf(old.expiresAt, endsAt);
      const liveCount = await transaction.agentKey.count({ where: { agentId, ...liveAt(at) } });
      const stayingCount = expiresAt > at ? liveCount : liveCount - 1;
      if (stayingCount >= agentKeysMax) return refused('agent_key_limit_reached');
      const key = successorOf(old);
      await transaction.agentKey.updateMany({ where, data: { expiresAt } });
      const rotation = rotatedKeyEntry('agent_key', old, expiresAt, key.id);
      const result = { agentId, key, replaced: { id: keyId, expiresAt } };
      return { result, entries: [rotation, await insert(transaction, agentId, key)] };
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

  /**
   * All keys of an agent of the project, the ended ones included, by time and id downwards, or those after a place (null: from
   * the first on); at most `limit`.
   */
  async list(
    projectId: string,
    agentId: string,
    after: ListPosition | null,
    limit: number,
  ): Promise<AgentKeyEntry[]> {
    const place = after === null ? [null, null] : [formatTime(after.createdAt), after.id];
    const values = [projectId, agentId, ...place, limit];
    const rows = await this.#database.run<AgentKeyRow>(selectAgentKeys, values);
    return rows.map((row) => ({ ...row, createdMicros: Number(row.createdMicros) }));
  }
}

async function isActive(transaction: Transaction, projectId: string, agentId: string): Promise<boolean> {
  const where = { id: agentId, projectId, isActive: true };
  return (await transaction.agent.count({ where })) > 0;
}

async function insert(transaction: Transaction, agentId: string, key: NewKeyRow) {
  const data = { ...key, scopes: [...key.scopes], agentId };
  await transaction.agentKey.create({ data, select: { id: true } });
  return newKeyEntry('agent_key', key, agentId);
}

function refused<Result>(result: Result): Audited<Result> {
  return { result, entries: [] };
}
