import { ApiError } from '@otas/errors';
import { asNumber, type Micros, parseTime } from '@otas/event-schema';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The parts of UASAM's answers; the two services may be of different versions. Each reader throws 503
 * `auth_service_error` when the part is not there, or is something else.
 */
export function objectIn(parent: Json, name: string): Json {
  const value = parent[name];
  if (typeof value === 'object' && value !== null) return value as Json;
  throw notUnderstood(name);
}

/** Null only when it says null. */
export function objectOrNullIn(parent: Json, name: string): Json | null {
  return parent[name] === null ? null : objectIn(parent, name);
}

export function listIn(parent: Json, name: string): Json[] {
  const value = parent[name];
  if (Array.isArray(value)) return value;
  throw notUnderstood(name);
}

export function textIn(parent: Json, name: string): string {
  const value = parent[name];
  if (typeof value === 'string') return value;
  throw notUnderstood(name);
}

/** Null also when an earlier version does not say it. */
export function textOrNullIn(parent: Json, name: string): string | null {
  return (parent[name] ?? null) === null ? null : textIn(parent, name);
}

export function flagIn(parent: Json, name: string): boolean {
  const value = parent[name];
  if (typeof value === 'boolean') return value;
  throw notUnderstood(name);
}

export function numberIn(parent: Json, name: string): number {
  const value = asNumber(parent[name]);
  if (value !== null) return value;
  throw notUnderstood(name);
}

export function timeIn(parent: Json, name: string): Micros {
  const time = parseTime(textIn(parent, name));
  if (time !== null) return time;
  throw notUnderstood(name);
}

function notUnderstood(name: string): ApiError {
  return new ApiError('auth_service_error', { cause: `UASAM answered without ${name}` });
}
