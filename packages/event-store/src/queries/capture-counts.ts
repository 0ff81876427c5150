import type { Query } from './query';

/** What instances of Brain count of a project's events; see the columns of `capture_counts`. */
export interface InstanceCounts {
  /** Events that got a 201, each time that they were sent. */
  readonly taken: number;
  /** Events that got an error of their own. */
  readonly rejected: number;
  /** In a log and not yet in ClickHouse. */
  readonly waiting: number;
  /** Set aside, because ClickHouse will never take them as they are. */
  readonly dead: number;
}

interface Parameters extends Record<string, unknown> {
  readonly projectId: string;
  readonly exceptInstanceId: string;
}

type Row = [taken: number, rejected: number, waiting: number, dead: number];

/** The sums over all instances but one. */
export const captureCounts: Query<Parameters, Row> = {
  name: 'capture-counts',
  sql: () => `SELECT sum(taken), sum(rejected), sum(waiting), sum(dead) FROM capture_counts FINAL
    WHERE project_id = {projectId:UUID} AND instance_id != {exceptInstanceId:UUID}`,
};

export function toCounts([taken, rejected, waiting, dead]: Row): InstanceCounts {
  return { taken, rejected, waiting, dead };
}
