import { isKey, type KeyKind, uuidInKey } from '@otas/event-schema';

/**
 * Checks a key that somebody wants to give: left out or null is none. Gives what is wrong with it, or null.
 * The form of a key that is derived from a UUID is reserved, since it would be taken for another agent's or session's.
 */
export function refFault(kind: KeyKind, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (!isKey(kind, value)) return `must be ${kind}_ and letters, digits, _ or -, 50 characters at most`;
  return uuidInKey(kind, value) === null ? null : `must not be ${kind}_ and a UUID, which is reserved`;
}
