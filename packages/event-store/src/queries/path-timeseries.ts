import { type DayRange, day, eventsOfDayRange } from './day-range';
import type { Query } from './query';

/** How often one path was called on each day on which it was. */
export interface PathSeries {
  readonly path: string;
  readonly data: { readonly date: string; readonly count: number }[];
}

type Row = [path: string, date: string, count: number];

/** Paths in the order of their bytes, days ascending. */
export const pathTimeseries: Query<DayRange & Record<string, unknown>, Row> = {
  name: 'path-timeseries',
  sql: () =>
    `SELECT path, ${day} AS date, count() FROM ${eventsOfDayRange} GROUP BY path, date ORDER BY path, date`,
};

/** One series a path from rows in the order of {@link pathTimeseries}. */
export function toPathSeries(rows: readonly Row[]): PathSeries[] {
  const series: PathSeries[] = [];
  for (const [path, date, count] of rows) {
    if (series.at(-1)?.path !== path) series.push({ path, data: [] });
    series.at(-1)?.data.push({ date, count });
  }
  return series;
}
