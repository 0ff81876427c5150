import type { Transaction } from '../audit/audited-transaction.store';
import type { Database, Statement } from '../db/database';

/** Rows that belong to one other, in an index on its id and their time. */
export type Records = 'sessions' | 'agent_keys' | 'agents' | 'sdk_keys';

const places: Readonly<Record<Records, readonly [table: string, owner: string]>> = {
  sessions: ['agent_sessions', 'agent_id'],
  agent_keys: ['agent_keys', 'agent_id'],
  agents: ['agents', 'project_id'],
  sdk_keys: ['sdk_keys', 'project_id'],
};

/**
 * Deletes rows and adds their number to what the erasure `$1` has erased, both or neither. From a time on, because what was
 * deleted before it is still in the index: without that, each step would look at all rows of the steps before.
 */
const toStatement = (name: Records): Statement => {
  const [table, owner] = places[name];
  return {
    name: `erase_${name}`,
    text: `
      WITH gone AS (
             DELETE FROM ${table} WHERE id = ANY(ARRAY(
               SELECT id FROM ${table} WHERE ${owner} = $2::uuid AND created_at >= $3::timestamptz
                ORDER BY created_at, id LIMIT $4))
             RETURNING created_at),
           counted AS (SELECT count(*)::int AS count, max(created_at)::text AS last FROM gone)
      UPDATE erasures
         SET erased = erased || jsonb_build_object('${name}', coalesce((erased->>'${name}')::int, 0) + counted.count)
        FROM counted
       WHERE id = $1::uuid
      RETURNING counted.count, counted.last`,
  };
};

const statements: Readonly<Record<Records, Statement>> = {
  sessions: toStatement('sessions'),
  agent_keys: toStatement('agent_keys'),
  agents: toStatement('agents'),
  sdk_keys: toStatement('sdk_keys'),
};

const selectAgentIds: Statement = {
  name: 'select_agent_ids_to_erase',
  text: 'SELECT id FROM agents WHERE project_id = $1::uuid AND id > $2::uuid ORDER BY id LIMIT $3',
};

/** Where {@link ProjectRecordsStore.eraseSome} begins. */
export const fromFirst = '-infinity';

/** The rows of what was deleted. */
export class ProjectRecordsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Ids of the project's agents after one, in their order; at most `limit`. */
  async listAgentIds(projectId: string, after: string, limit: number): Promise<string[]> {
    const rows = await this.#database.run<{ id: string }>(selectAgentIds, [projectId, after, limit]);
    return rows.map(({ id }) => id);
  }

  /**
   * Deletes the oldest rows of an agent (sessions, keys) or a project (the others); at most `limit`.
   *
   * @param from what the call before gave as `last`
   * @returns `last` is null when there was none left
   */
  async eraseSome(
    records: Records,
    ownerId: string,
    erasureId: string,
    from: string,
    limit: number,
  ): Promise<{ readonly last: string | null }> {
    const values = [erasureId, ownerId, from, limit];
    const [row] = await this.#database.run<{ last: string | null }>(statements[records], values);
    return { last: row?.last ?? null };
  }
}

/** Deletes the row of a deleted agent, to which nothing else refers any more. */
export async function eraseAgentRow(
  transaction: Transaction,
  projectId: string,
  agentId: string,
): Promise<void> {
  await transaction.agent.deleteMany({ where: { id: agentId, projectId, deletedAt: { not: null } } });
}

/**
 * Deletes the row of a deleted project, to which nothing else refers any more but invitations that were on their way when it
 * was deleted.
 */
export async function eraseProjectRow(transaction: Transaction, projectId: string): Promise<void> {
  await transaction.projectInvitation.deleteMany({ where: { projectId, project: { isActive: false } } });
  await transaction.project.deleteMany({ where: { id: projectId, isActive: false } });
}
