import type { Cluster } from '../cluster';
import { quoted } from '../cluster';
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

interface Parameters extends Record<string, unknown> {
  readonly projectIds: readonly string[];
}

const ofProjects = 'project_id IN {projectIds:Array(UUID)}';

/** How many rows a table has of those projects of which it has any: of all versions, the deleted ones included. */
export const rowsOfProjects = (
  table: TableOfProjects,
): Query<Parameters, [projectId: string, rows: number]> => ({
  name: 'rows-of-projects',
  sql: () => `SELECT project_id, count() FROM ${table} WHERE ${ofProjects} GROUP BY project_id`,
});

/**
 * Writes the parts anew that have rows of the projects, without them. A lightweight DELETE would only hide the rows, until
 * a merge that may never come.
 */
export const eraseProjects = (table: TableOfProjects): string =>
  `ALTER TABLE ${table} DELETE WHERE ${ofProjects} SETTINGS mutations_sync = 0`;

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
