import type { Query } from './query';

/** What became of the events of a project; see the columns of `capture_counts`. */
export interface StoredCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly waiting: number;
  readonly stored: number;
  readonly dead: number;
}

interface Parameters extends Record<string, unknown> {
  readonly projectId: string;
  readonly exceptInstanceId: string;
}

type Row = [
  accepted: number,
  duplicate: number,
  rejected: number,
  waiting: number,
  stored: number,
  dead: number,
];

/** The sums over all instances but one. */
export const captureCounts: Query<Parameters, Row> = {
  name: 'capture-counts',
  sql: () => `SELECT sum(accepted), sum(duplicate), sum(rejected), sum(waiting), sum(stored), sum(dead)
    FROM capture_counts FINAL
    WHERE project_id = {projectId:UUID} AND instance_id != {exceptInstanceId:UUID}`,
};

export function toCounts([accepted, duplicate, rejected, waiting, stored, dead]: Row): StoredCounts {
  return { accepted, duplicate, rejected, waiting, stored, dead };
}
