import { ApiError } from '@otas/errors';
import { type Micros, parseDate, parseTime } from '@otas/event-schema';

/** Days of UTC, from the first moment of the first to the first moment after the last. */
export interface Days {
  readonly from: Micros;
  readonly until: Micros;
}

const dayMicros = 24 * 60 * 60 * 1_000_000;

/** No event is outside of these days, and ClickHouse's times reach as far. */
const [firstDay, lastDay] = ['1970-01-01', '2199-12-31'];

/**
 * `start_date` and `end_date`, both inclusive.
 *
 * @throws ApiError 400 with the contract's own texts
 */
export function parseDays(parameters: URLSearchParams): Days {
  const [startText, endText] = [parameters.get('start_date'), parameters.get('end_date')];
  if (!startText || !endText) throw new ApiError('dates_required');
  const [start, end] = [parseDate(startText), parseDate(endText)];
  if (start === null || end === null) throw new ApiError('dates_malformed');
  if (start > end) throw new ApiError('dates_reversed');
  return { from: beginOf(start), until: beginOf(end) + dayMicros };
}

function beginOf(date: string): Micros {
  const bounded = date < firstDay ? firstDay : date > lastDay ? lastDay : date;
  return parseTime(`${bounded}T00:00:00Z`) as Micros;
}
