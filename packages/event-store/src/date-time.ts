import type { Micros } from '@otas/event-schema';

/** Seconds and six fraction digits, as ClickHouse reads a DateTime64(6) in any time zone. */
export function toDateTime64(micros: Micros): string {
  const digits = String(micros).padStart(16, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** The same with three fraction digits, for a DateTime64(3). */
export function toMilliDateTime64(micros: Micros): string {
  return toDateTime64(micros).slice(0, -3);
}

/** What {@link toDateTime64} or {@link toMilliDateTime64} wrote. */
export function fromDateTime64(text: string): Micros {
  const [seconds = '0', fraction = ''] = text.split('.');
  return Number(seconds + fraction.padEnd(6, '0'));
}
