import { type Micros, parseDate, parseTime, readBy } from '@otas/event-schema';
import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';

/** Days of UTC, from the first moment of the first to the first moment after the last. */
export interface Days {
  readonly from: Micros;
  readonly until: Micros;
}

const dayMicros = 24 * 60 * 60 * 1_000_000;

/** No event is outside of these days, and ClickHouse's times reach as far. */
const [firstDay, lastDay] = ['1970-01-01', '2199-12-31'];

const given = z
  .string('dates_required')
  .min(1, 'dates_required')
  .meta({
    pattern: String.raw`^\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])$`,
    description: '`YYYY-MM-DD` of UTC, inclusive; zeros before month and day may be left out.',
    examples: ['2026-04-16'],
  });
const day = readBy(parseDate, 'dates_malformed');
const days = z
  .object({ start_date: given, end_date: given })
  .pipe(z.object({ start_date: day, end_date: day }))
  .refine(({ start_date: start, end_date: end }) => start <= end, 'dates_reversed');

/**
 * `start_date` and `end_date`, both inclusive.
 *
 * @throws ApiError 400 with the contract's own texts
 */
export const parseDays = checked(days, (parameters: URLSearchParams): Days => {
  const { start_date: start, end_date: end } = readFields(days, firstOfEach(parameters));
  return { from: beginOf(start), until: beginOf(end) + dayMicros };
});

function beginOf(date: string): Micros {
  const bounded = date < firstDay ? firstDay : date > lastDay ? lastDay : date;
  return parseTime(`${bounded}T00:00:00Z`) as Micros;
}
