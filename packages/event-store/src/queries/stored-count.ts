import type { Query } from './query';

/** How many different events of a project are in ClickHouse. */
export const storedCount: Query<{ readonly projectId: string } & Record<string, unknown>, [count: number]> = {
  name: 'stored-count',
  sql: () => 'SELECT count() FROM backend_events FINAL WHERE project_id = {projectId:UUID}',
};
