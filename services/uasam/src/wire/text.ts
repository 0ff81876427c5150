import type { ApiError } from '@otas/errors';
import type { JsonObject, RawBody } from '@otas/http-kit';

/** What is wrong with a text; `null` when nothing is. */
export type TextFault = 'type' | 'characters' | 'length' | null;

/** True when a field was left out: absent, null, or a text of nothing but white space. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** False for a text that Postgres cannot hold: one with U+0000, or with half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Length in characters as a person counts them (code points), not in UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Checks a value that must be a text of at most `maxLength` characters. */
export function textFault(value: unknown, maxLength: number): TextFault {
  if (typeof value !== 'string') return 'type';
  if (!isStorable(value)) return 'characters';
  return lengthOf(value) > maxLength ? 'length' : null;
}

/** Like {@link textFault}, in the words of `invalid_request`. */
export function describeTextFault(value: unknown, maxLength: number): string | null {
  const fault = textFault(value, maxLength);
  if (fault === 'type') return 'must be a string';
  if (fault === 'characters') return 'must not hold U+0000 or half of a surrogate pair';
  return fault === 'length' ? `must have at most ${maxLength} characters` : null;
}

/** The body as a JSON object. @throws what `fail` makes of the reason when it is none. */
export function jsonOrFail(raw: RawBody, fail: (errors: readonly string[]) => ApiError): JsonObject {
  try {
    return raw.json();
  } catch {
    throw fail(['the body must be a JSON object']);
  }
}
