import { asNumber } from '@otas/event-schema';
import { redacted } from '../capture/redact-headers';
import type { Redactor } from '../capture/redactor';

/**
 * A parsed value without the credentials in it, or the same value when there are none. Only texts become other texts, so
 * that it fits whatever it fitted before: every text that has the shape of a secret, those under the name of a header
 * that carries credentials (`{"Authorization": "…"}`, `{"name": "Cookie", "value": "…"}`, `["Cookie", "…"]`), and such
 * lines in a text under a name that ends in `headers`.
 */
export function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return redactList(value, redactor);
  if (typeof value === 'object' && value !== null && asNumber(value) === null) {
    return redactMembers(value, redactor);
  }
  return value;
}

function redactList(list: readonly unknown[], redactor: Redactor): readonly unknown[] {
  const [name, second] = list;
  if (list.length === 2 && redactor.isCredentialName(name)) {
    return orSame(list, [name, replaceTexts(second)]);
  }
  return orSame(
    list,
    list.map((item) => redactValue(item, redactor)),
  );
}

function redactMembers(object: object, redactor: Redactor): object {
  const entries = Object.entries(object);
  const namesCredential = entries.some(
    ([key, value]) => /^(?:name|key)$/i.test(key) && redactor.isCredentialName(value),
  );
  const values = entries.map(([key, value]): unknown => {
    const isOfName = namesCredential && /^values?$/i.test(key);
    if (isOfName || redactor.isCredentialName(key)) return replaceTexts(value);
    if (typeof value === 'string' && /headers$/i.test(key)) return redactor.headers(value);
    return redactValue(value, redactor);
  });
  return withValues(object, values);
}

/** Every text in a value that is a credential as a whole. */
function replaceTexts(value: unknown): unknown {
  if (typeof value === 'string') return redacted;
  if (Array.isArray(value)) return orSame(value, value.map(replaceTexts));
  if (typeof value !== 'object' || value === null || asNumber(value) !== null) return value;
  return withValues(value, Object.values(value).map(replaceTexts));
}

function withValues(object: object, values: readonly unknown[]): object {
  if (Object.values(object).every((value, at) => value === values[at])) return object;
  return Object.fromEntries(Object.keys(object).map((key, at) => [key, values[at]]));
}

function orSame(list: readonly unknown[], changed: readonly unknown[]): readonly unknown[] {
  return list.every((item, at) => item === changed[at]) ? list : changed;
}
