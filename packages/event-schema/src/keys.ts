/** What a key names: an agent, an agent session or an agent event. */
export type KeyKind = 'agt' | 'ase' | 'aev';

const keyMaxLength = 50;
const form = /^[0-9a-zA-Z_-]+$/;
const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether `value` is `<kind>_` and then letters, digits, `_` and `-`; 50 characters at most in all. */
export function isKey(kind: KeyKind, value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= keyMaxLength &&
    value.startsWith(`${kind}_`) &&
    form.test(value.slice(kind.length + 1))
  );
}

/**
 * The UUID, in lower case, in a key that was derived from one: `<kind>_` and a UUID with its hyphens, in any case. Null
 * for a key that somebody chose, also when that is 32 digits without hyphens.
 */
export function uuidInKey(kind: KeyKind, key: string): string | null {
  const text = key.slice(kind.length + 1);
  return key.startsWith(`${kind}_`) && uuidForm.test(text) ? text.toLowerCase() : null;
}

/** The key that is derived from a UUID in canonical form. */
export function keyOfUuid(kind: KeyKind, uuid: string): string {
  return `${kind}_${uuid}`;
}
