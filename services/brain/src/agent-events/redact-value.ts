import { asNumber } from '@otas/event-schema';
import type { HeaderKind } from '../capture/redact-headers';
import type { Redactor } from '../capture/redactor';
import { redacted } from '../capture/secret-shapes';

type Member = readonly [name: string, value: unknown];

/**
 * A parsed value without the credentials in it, or the same value when there are none. Only texts become other texts, so
 * that it fits whatever it fitted before: every text, and name of a member, that has the shape of a secret; texts under the
 * name of a header that carries credentials (`{"Authorization": "…"}`, `{"name": "Cookie", "value": "…"}`,
 * `["Cookie", "…"]`); and under a name that ends in `headers` whatever is a credential in headers.
 */
export function redactValue(value: unknown, redactor: Redactor): unknown {
  return new Cleaner(redactor, false).clean(value);
}

/**
 * The same of the members of an object; of each the same value when there are no credentials in it.
 *
 * @param keepsName whether a name stays, whatever is in it
 */
export function redactMembers(
  members: readonly Member[],
  redactor: Redactor,
  keepsName: (name: string) => boolean,
): Member[] {
  return new Cleaner(redactor, false).members(members, keepsName);
}

/** Every text in a value, as `change` makes it of it; the same value when they all stay. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) {
    const list = value.map((item) => mapTexts(item, change));
    return isSame(list, value) ? value : list;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]): Member => [name, mapTexts(member, change)]);
  return orSame(value, members);
}

class Cleaner {
  readonly #redactor: Redactor;
  readonly #isInHeaders: boolean;

  constructor(redactor: Redactor, isInHeaders: boolean) {
    this.#redactor = redactor;
    this.#isInHeaders = isInHeaders;
  }

  clean(value: unknown): unknown {
    if (typeof value === 'string') return this.#redactor.text(value);
    if (Array.isArray(value)) return this.#list(value);
    return isObject(value)
      ? orSame(
          value,
          this.members(Object.entries(value), () => false),
        )
      : value;
  }

  members(members: readonly Member[], keepsName: (name: string) => boolean): Member[] {
    const isName = ([name]: Member) => /^(?:name|key)$/i.test(name);
    const named = members.filter(isName).find(([, value]) => this.#kindOf(value) !== 'other')?.[1];
    let renamed = 0;
    return members.map(([name, value]) => {
      const clean = this.#under(named !== undefined && /^values?$/i.test(name) ? named : name, value);
      const cleanName = keepsName(name) ? name : this.#redactor.text(name);
      if (cleanName === name) return [name, clean];
      renamed++;
      // Two secrets must not become one member.
      return [renamed === 1 ? cleanName : `${cleanName} ${renamed}`, clean];
    });
  }

  /** A pair; in headers also names and values by turns. */
  #list(list: readonly unknown[]): readonly unknown[] {
    const hasPairs = list.length === 2 || (this.#isInHeaders && list.length % 2 === 0);
    const items = list.map((item, at) => {
      const name = hasPairs && at % 2 === 1 ? list[at - 1] : null;
      return this.#kindOf(name) === 'other' ? this.clean(item) : this.#under(name, item);
    });
    return isSame(items, list) ? list : items;
  }

  #under(name: unknown, value: unknown): unknown {
    const kind = this.#kindOf(name);
    if (kind === 'credential') return mapTexts(value, () => redacted);
    if (kind === 'url') return mapTexts(value, (text) => this.#redactor.url(text));
    if (this.#isInHeaders || typeof name !== 'string' || !/headers$/i.test(name)) return this.clean(value);
    return typeof value === 'string'
      ? this.#redactor.headers(value)
      : new Cleaner(this.#redactor, true).clean(value);
  }

  #kindOf(name: unknown): HeaderKind {
    if (typeof name !== 'string') return 'other';
    if (this.#isInHeaders) return this.#redactor.kindOfHeader(name);
    return this.#redactor.isCredentialName(name) ? 'credential' : 'other';
  }
}

/** Numbers of many digits are objects too. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && asNumber(value) === null;
}

function orSame(object: object, members: readonly Member[]): object {
  const before = Object.entries(object);
  const isSameObject = members.every(
    ([name, value], at) => name === before[at]?.[0] && value === before[at][1],
  );
  return isSameObject ? object : Object.fromEntries(members);
}

function isSame(list: readonly unknown[], before: readonly unknown[]): boolean {
  return list.every((item, at) => item === before[at]);
}
