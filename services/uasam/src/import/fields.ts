import { formatTime, type Micros, parseTime, parseUuid } from '@otas/event-schema';

/** A row of the original does not fit; the message says why, without any value of it. */
export class Unfit extends Error {}

/** A UUID in canonical form. @throws Unfit */
export function idOf(value: string | null, name: string): string {
  const id = parseUuid(value);
  if (id === null) throw new Unfit(`${name} is no UUID`);
  return id;
}

/** Null for a null. @throws Unfit for a text that is no time */
export function timeOrNull(value: string | null, name: string): Micros | null {
  if (value === null) return null;
  const time = parseTime(value);
  if (time === null) throw new Unfit(`${name} is no time`);
  return time;
}

/** @throws Unfit also for a null */
export function timeOf(value: string | null, name: string): Micros {
  const time = timeOrNull(value, name);
  if (time === null) throw new Unfit(`${name} is missing`);
  return time;
}

/** Both times of a row, as they are inserted; one that was never updated was so when it was created. */
export function timesOf(row: { readonly created_at: string | null; readonly updated_at: string | null }): {
  readonly created_at: string;
  readonly updated_at: string;
} {
  const createdAt = timeOf(row.created_at, 'created_at');
  const updatedAt = timeOrNull(row.updated_at, 'updated_at') ?? createdAt;
  return { created_at: formatTime(createdAt), updated_at: formatTime(updatedAt) };
}

/** True unless it says that it is not. */
export function isActive(value: string | null): boolean {
  return value !== 'false';
}
