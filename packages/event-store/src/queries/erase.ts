import { type Cluster, quoted } from '../cluster';
import type { Query } from './query';

/** Every table that has rows of projects; a test holds this against the schema. */
export const tablesOfProjects = [
  'backend_events',
  'agent_events',
  'event_ids',
  'dead_letters',
  'capture_counts',
] as const;

export type TableOfProjects = (typeof tablesOfProjects)[number];

/** What is erased: a project, or of a project an agent, or of an agent a session. Canonical UUIDs. */
export interface ErasureTarget {
  readonly projectId: string;
  /** Null: the whole project. */
  readonly agentId: string | null;
  /** Null: the whole agent, or project. */
  readonly sessionId: string | null;
}

/** How much of a project a target is. */
export type ErasureLevel = 'project' | 'agent' | 'session';

export const erasureLevels: readonly ErasureLevel[] = ['project', 'agent', 'session'];

export function levelOf({ agentId, sessionId }: ErasureTarget): ErasureLevel {
  if (sessionId !== null) return 'session';
  return agentId === null ? 'project' : 'agent';
}

/** The id that no other target of the level has. */
export function idOf({ projectId, agentId, sessionId }: ErasureTarget): string {
  return sessionId ?? agentId ?? projectId;
}

/** The tables that have rows of targets of a level: what is counted of a project is not counted of its parts. */
export function tablesOf(level: ErasureLevel): readonly TableOfProjects[] {
  return level === 'project' ? tablesOfProjects : tablesOfProjects.filter((one) => one !== 'capture_counts');
}

export interface ErasureParameters extends Record<string, unknown> {
  readonly projectIds: readonly string[];
  readonly agentIds: readonly string[];
  readonly ids: readonly string[];
  /** Stands in the record of a dead letter, and in no text of one. */
  readonly marks: readonly string[];
}

/** The parameters of the statements below; all targets are of one level. */
export function erasureParameters(targets: readonly ErasureTarget[]): ErasureParameters {
  return {
    projectIds: targets.map(({ projectId }) => projectId),
    agentIds: targets.map(({ projectId, agentId }) => agentId ?? projectId),
    ids: targets.map(idOf),
    marks: targets.map(markOf),
  };
}

/** The three ids as they follow each other in every row, in the JSON of which no text has a quotation mark by itself. */
function markOf({ projectId, agentId, sessionId }: ErasureTarget): string {
  return `"${projectId}","${agentId}","${sessionId === null ? '' : `${sessionId}"`}`;
}

const columns = { project: 'project_id', agent: 'agent_id', session: 'agent_session_id' } as const;
const ofProjects = 'project_id IN {projectIds:Array(UUID)}';
const ofAgents = `${ofProjects} AND agent_id IN {agentIds:Array(UUID)}`;
const conditions = {
  project: ofProjects,
  agent: ofAgents,
  session: `${ofAgents} AND agent_session_id IN {ids:Array(UUID)}`,
} as const;
const marked = 'arrayFirst(mark -> position(record, mark) > 0, {marks:Array(String)})';

function conditionOf(table: TableOfProjects, level: ErasureLevel): string {
  if (table !== 'dead_letters' || level === 'project') return conditions[level];
  return `${ofProjects} AND ${marked} != ''`;
}

/** How many rows a table has of those targets of which it has any: of all versions, the deleted ones included. */
export const rowsOfTargets = (
  table: TableOfProjects,
  level: ErasureLevel,
): Query<ErasureParameters, [id: string, rows: number]> => ({
  name: 'rows-of-targets',
  sql: () => {
    const isMarked = table === 'dead_letters' && level !== 'project';
    const id = isMarked
      ? `arrayElement({ids:Array(String)}, indexOf({marks:Array(String)}, ${marked}))`
      : columns[level];
    return `SELECT ${id} AS id, count() FROM ${table} WHERE ${conditionOf(table, level)} GROUP BY id`;
  },
});

/**
 * Writes the parts anew that have such rows, without them. A lightweight DELETE would only hide the rows, until a merge that
 * may never come.
 */
export const eraseWhere = (table: TableOfProjects, condition: string): string =>
  `ALTER TABLE ${table} DELETE WHERE ${condition} SETTINGS mutations_sync = 0`;

export const eraseTargets = (table: TableOfProjects, level: ErasureLevel): string =>
  eraseWhere(table, conditionOf(table, level));

/** The erasures that are still under way, those included that an earlier process has begun. */
export const unfinishedErasures = (
  cluster: Cluster | null,
): Query<{ readonly database: string }, [table: string, command: string]> => ({
  name: 'unfinished-erasures',
  sql: () => `SELECT DISTINCT replaceRegexpOne(table, '_local$', ''), command FROM ${mutationsOf(cluster)}
    WHERE database = {database:String} AND NOT is_done AND command LIKE '%DELETE WHERE%'`,
});

/** Each replica erases by itself. */
function mutationsOf(cluster: Cluster | null): string {
  return cluster === null
    ? 'system.mutations'
    : `clusterAllReplicas(${quoted(cluster.name)}, system.mutations)`;
}
