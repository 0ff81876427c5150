import type { Transaction } from '../audit/audited-transaction.store';
import type { Database, Statement } from '../db/database';

interface Step {
  readonly name: 'sessions' | 'agent_keys' | 'agents' | 'sdk_keys';
  readonly table: string;
  /** Gives ids of at most `$3` rows of the project `$2`. */
  readonly ids: string;
}

/** Of each agent through the index on its id, however many rows the table has of others. */
const idsOfAgents = (table: string): string => `
  SELECT found.id FROM agents a
    CROSS JOIN LATERAL (SELECT id FROM ${table} WHERE agent_id = a.id LIMIT $3) AS found
   WHERE a.project_id = $2::uuid LIMIT $3`;

const idsOfProject = (table: string): string =>
  `SELECT id FROM ${table} WHERE project_id = $2::uuid LIMIT $3`;

/** What has a project's id, or that of what has it; each after all that refers to it. */
const steps: readonly Step[] = [
  { name: 'sessions', table: 'agent_sessions', ids: idsOfAgents('agent_sessions') },
  { name: 'agent_keys', table: 'agent_keys', ids: idsOfAgents('agent_keys') },
  { name: 'agents', table: 'agents', ids: idsOfProject('agents') },
  { name: 'sdk_keys', table: 'sdk_keys', ids: idsOfProject('sdk_keys') },
];

/** Deletes rows and adds their number to what the erasure `$1` has erased, both or neither. */
const toStatement = ({ name, table, ids }: Step): Statement => ({
  name: `erase_${name}`,
  text: `
    WITH gone AS (DELETE FROM ${table} WHERE id = ANY(ARRAY(${ids})) RETURNING 1),
         counted AS (SELECT count(*)::int AS count FROM gone)
    UPDATE erasures
       SET erased = erased || jsonb_build_object('${name}', coalesce((erased->>'${name}')::int, 0) + counted.count)
      FROM counted
     WHERE id = $1::uuid
    RETURNING counted.count`,
});

const statements = steps.map(toStatement);

/** The rows of a deleted project. */
export class ProjectRecordsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Deletes at most `limit` rows of one table, and gives how many; 0 when there is none left but the project's own. */
  async eraseSome(projectId: string, erasureId: string, limit: number): Promise<number> {
    for (const statement of statements) {
      const [row] = await this.#database.run<{ count: number }>(statement, [erasureId, projectId, limit]);
      if (row !== undefined && row.count > 0) return row.count;
    }
    return 0;
  }
}

/**
 * Deletes the row of a deleted project once {@link ProjectRecordsStore.eraseSome} finds nothing; and invitations that were on
 * their way when it was deleted.
 */
export async function eraseProjectRow(transaction: Transaction, projectId: string): Promise<void> {
  await transaction.projectInvitation.deleteMany({ where: { projectId, project: { isActive: false } } });
  await transaction.project.deleteMany({ where: { id: projectId, isActive: false } });
}
