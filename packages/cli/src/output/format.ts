import { formatTime, type Micros, parseTime } from '@otas/event-schema';

/** `2026-04-16 14:30:00`, in UTC, of a time on the wire; the text itself where it is none. */
export function shortTime(text: unknown): string {
  if (typeof text !== 'string') return '';
  const time = parseTime(text);
  return time === null ? text : formatTime(time).slice(0, 19).replace('T', ' ');
}

/** `14:30:00.123`, in UTC. */
export function clockTime(time: Micros): string {
  return formatTime(time).slice(11, 23);
}

/** `84.2 ms`, `12.3 s`, `4m 5s`, `2h 3m`: at most 8 characters below 1,000 hours. */
export function formatDuration(ms: number): string {
  if (ms < 999.95) return `${ms.toFixed(ms < 99.95 ? 1 : 0)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
