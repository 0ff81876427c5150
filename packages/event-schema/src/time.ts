/** A point in time as whole microseconds since 1970-01-01 UTC; exact in a double until the year 2255. */
export type Micros = number;

const isoTime =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)?$/;
const isoDate = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

/**
 * An ISO 8601 date and time with up to six fraction digits; without an offset it is UTC. Null when the text has
 * another form or names a moment that does not exist (30 February, hour 24, a leap second).
 */
export function parseTime(text: string): Micros | null {
  const match = isoTime.exec(text);
  if (match === null) return null;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '0',
    fraction = '',
    ,
    sign,
    offsetHour,
    offsetMinute = '0',
  ] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const dayMs = utcDayMs(Number(year), Number(month), Number(day));
  if (dayMs === null) return null;
  let offsetMinutes = 0;
  if (sign !== undefined) {
    if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
    offsetMinutes = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  }
  const minutes = Number(hour) * 60 + Number(minute) - offsetMinutes;
  return (dayMs + minutes * 60_000 + Number(second) * 1000) * 1000 + Number(fraction.padEnd(6, '0'));
}

/**
 * Source of a regular expression for the times that {@link parseTime} reads, and for days that no month has, which it does not.
 *
 * @param fractionDigitsMax 6 for what `parseTime` reads
 */
export function timePattern(fractionDigitsMax: number): string {
  const [hour, sixty] = ['(?:[01]\\d|2[0-3])', '[0-5]\\d'];
  const date = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';
  const time = `${hour}:${sixty}(?::${sixty}(?:[.,]\\d{1,${fractionDigitsMax}})?)?`;
  return `^${date}[Tt ]${time}(?:[Zz]|[+-]${hour}(?::?${sixty})?)?$`;
}

/** `2026-04-16T14:30:00.000000+00:00`, as every time on the wire. */
export function formatTime(micros: Micros): string {
  const ms = Math.floor(micros / 1000);
  const belowMs = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, 23)}${belowMs}+00:00`;
}

/** `2026-04-16`: the day, in UTC, of a point in time. */
export function formatDate(micros: Micros): string {
  return new Date(Math.floor(micros / 1000)).toISOString().slice(0, 10);
}

/** `YYYY-MM-DD` from the same with or without leading zeros of month and day; null when there is no such day. */
export function parseDate(text: string): string | null {
  const match = isoDate.exec(text);
  if (match === null) return null;
  const dayMs = utcDayMs(Number(match[1]), Number(match[2]), Number(match[3]));
  return dayMs === null ? null : new Date(dayMs).toISOString().slice(0, 10);
}

/** The time that a version 7 UUID holds (RFC 9562, 5.7; whole milliseconds); null for any other version. */
export function microsOfUuidV7(uuid: string): Micros | null {
  if (uuid[14] !== '7') return null;
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) * 1000;
}

function utcDayMs(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  // Date.UTC would take the years 0–99 for 1900–1999.
  date.setUTCFullYear(year, month - 1, day);
  // 30 February rolls over into March.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : null;
}
