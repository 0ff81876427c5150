import { formatTime, type Micros, parseTime } from '@otas/event-schema';
import { InvalidArgumentError } from 'commander';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h` or `7d`, in milliseconds; null for any other text. */
function durationOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (unitsMs[unit as string] as number);
}

/** A time in ISO 8601, or how long ago it was (`15m`), as a time on the wire. */
export function parseMoment(text: string): string {
  const agoMs = durationOf(text);
  const time: Micros | null = agoMs === null ? parseTime(text) : (Date.now() - agoMs) * 1000;
  if (time === null || time < 0) {
    throw new InvalidArgumentError('Give a time in ISO 8601, or how long ago: 90s, 15m, 2h, 7d.');
  }
  return formatTime(time);
}

/** A length of time, in whole seconds. */
export function parseSeconds(text: string): number {
  const ms = durationOf(text);
  if (ms === null) throw new InvalidArgumentError('Give a length of time: 90s, 15m, 2h, 7d.');
  return ms / 1000;
}

/** A whole number from `min` to `max`. */
export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= min && count <= max) return count;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** One more of an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
