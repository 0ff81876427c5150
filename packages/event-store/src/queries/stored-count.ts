import type { Query } from './query';

/** How many different events of a project are in a table. */
export const storedCount = (
  table: string,
): Query<{ readonly projectId: string } & Record<string, unknown>, [count: number]> => ({
  name: 'stored-count',
  sql: () => `SELECT count() FROM ${table} FINAL WHERE project_id = {projectId:UUID}`,
});

/** The same of many projects; one without any is left out. */
export const storedCounts = (
  table: string,
): Query<
  { readonly projectIds: readonly string[] } & Record<string, unknown>,
  [projectId: string, count: number]
> => ({
  name: 'stored-counts',
  sql: () => `SELECT project_id, count() FROM ${table} FINAL
    WHERE project_id IN {projectIds:Array(UUID)} GROUP BY project_id`,
});

/** How many agent events of a project were deleted on request; a twin that was removed has no place in the order. */
export const deletedCount: Query<{ readonly projectId: string } & Record<string, unknown>, [count: number]> =
  {
    name: 'deleted-count',
    sql: () => `SELECT uniqExact(agent_id, agent_session_id, event_time, event_id) FROM agent_events
    WHERE project_id = {projectId:UUID} AND is_deleted = 1 AND sequence > 0`,
  };
