import { type DayRange, day, eventsOfDayRange } from './day-range';
import type { Query } from './query';

/** Events whose `error` is neither null nor empty, by day, ascending; days without one are left out. */
export const errorCount: Query<DayRange & Record<string, unknown>, [date: string, count: number]> = {
  name: 'error-count',
  sql: () => `SELECT ${day} AS date, count() FROM ${eventsOfDayRange} AND notEmpty(ifNull(error, ''))
    GROUP BY date ORDER BY date`,
};
