import { type DayRange, day, eventsOfDayRange } from './day-range';
import type { Query } from './query';

/** Exact, with linear interpolation, as SQL's PERCENTILE_CONT; days ascending. */
export const latencyPercentiles: Query<
  DayRange & Record<string, unknown>,
  [date: string, percentiles: [p50: number, p95: number, p99: number]]
> = {
  name: 'latency-percentiles',
  sql: () => `SELECT ${day} AS date, quantilesExactInclusive(0.5, 0.95, 0.99)(latency_ms)
    FROM ${eventsOfDayRange} GROUP BY date ORDER BY date`,
};
