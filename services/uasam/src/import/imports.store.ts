import type { OriginalTable } from '@otas/original';
import type { Transaction } from '../audit/audited-transaction.store';
import type { Database } from '../db/database';
import type { NewRow, Target } from './target';

type AnyTarget = Target<OriginalTable>;

/** What a row would come to: it can be inserted, it is there, or it is left out for the reason that is given. */
export type Outlook = 'new' | 'present' | string;

/** The rows of an import; each statement takes many, as one JSON text. */
export class ImportsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What each row would come to, by its key. */
  async look(target: AnyTarget, rows: readonly NewRow[]): Promise<Map<string, Outlook>> {
    const statement = { name: `look_at_imported_${target.into}`, text: lookSql(target) };
    const found = await this.#database.run<{ key: string; outlook: string }>(statement, [
      JSON.stringify(rows),
    ]);
    return new Map(found.map(({ key, outlook }) => [key, outlook]));
  }

  /** Inserts rows outside of any other transaction, and gives the keys of those that no index refused. */
  async insert(target: AnyTarget, rows: readonly NewRow[]): Promise<Set<string>> {
    const statement = { name: `import_${target.into}`, text: insertSql(target) };
    const inserted = await this.#database.run<{ key: string }>(statement, [JSON.stringify(rows)]);
    return new Set(inserted.map(({ key }) => key));
  }

  /** The projects of agents, by the agents' ids. */
  async projectsOfAgents(agentIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#database.run<{ id: string; projectId: string }>(selectProjects, [agentIds]);
    return new Map(rows.map(({ id, projectId }) => [id, projectId]));
  }

  /** The agents and sessions that were deleted in this installation. */
  async listErased(): Promise<{ readonly kind: 'agent' | 'session'; readonly id: string }[]> {
    return this.#database.run(selectErased, []);
  }

  /** How many rows of a target this installation has. */
  async count({ into }: AnyTarget): Promise<number> {
    const statement = { name: `count_${into}`, text: `SELECT count(*)::float8 AS count FROM ${into}` };
    const [row] = await this.#database.run<{ count: number }>(statement, []);
    return row?.count ?? 0;
  }
}

/** Like {@link ImportsStore.insert}, within a transaction. */
export async function insertImported(
  transaction: Transaction,
  target: AnyTarget,
  rows: readonly NewRow[],
): Promise<Set<string>> {
  const inserted = await transaction.$queryRawUnsafe<{ key: string }[]>(
    insertSql(target),
    JSON.stringify(rows),
  );
  return new Set(inserted.map(({ key }) => key));
}

/** What stands for a row: its key columns, as the statements write them. */
export function keyOf({ key }: Pick<AnyTarget, 'key'>, row: NewRow): string {
  return key.map((column) => row[column]).join('/');
}

const selectProjects = {
  name: 'select_projects_of_imported_agents',
  text: 'SELECT id, project_id AS "projectId" FROM agents WHERE id = ANY($1::uuid[])',
};

const selectErased = {
  name: 'select_erased_parts_of_projects',
  text: `SELECT kind, coalesce(session_id, agent_id) AS id FROM erasures WHERE kind IN ('agent', 'session')`,
};

function insertSql(target: AnyTarget): string {
  const columns = Object.keys(target.columns);
  const values = columns.map((column) => target.expressions[column] ?? `r.${column}`);
  return `INSERT INTO ${target.into} (${columns.join(', ')})
    SELECT ${values.join(', ')} FROM ${rowsOf(target)}
     WHERE ${['true', ...target.needs.map(({ sql }) => sql)].join(' AND ')}
        ON CONFLICT DO NOTHING
    RETURNING ${keySql(target, '')} AS key`;
}

function lookSql(target: AnyTarget): string {
  const there = target.key.map((column) => `t.${column} = r.${column}`).join(' AND ');
  const needs = target.needs.map(({ sql, orElse }) => `WHEN NOT (${sql}) THEN ${literal(orElse)}`);
  return `SELECT ${keySql(target, 'r.')} AS key, CASE
      WHEN EXISTS (SELECT 1 FROM ${target.into} t WHERE ${there} AND ${target.isSame}) THEN 'present'
      ${needs.join('\n      ')}
      WHEN EXISTS (SELECT 1 FROM ${target.into} t WHERE ${there}) THEN 'another one has its id'
      ELSE 'new' END AS outlook
    FROM ${rowsOf(target)}`;
}

function rowsOf({ columns }: AnyTarget): string {
  const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `json_to_recordset($1::json) AS r(${typed.join(', ')})`;
}

const keySql = ({ key }: AnyTarget, prefix: string): string =>
  key.map((column) => `${prefix}${column}`).join(" || '/' || ");

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
