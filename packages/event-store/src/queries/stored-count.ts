import type { Query } from './query';

/** How many different events of a project are in a table. */
export const storedCount = (
  table: string,
): Query<{ readonly projectId: string } & Record<string, unknown>, [count: number]> => ({
  name: 'stored-count',
  sql: () => `SELECT count() FROM ${table} FINAL WHERE project_id = {projectId:UUID}`,
});
