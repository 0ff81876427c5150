import type { KeyPart } from './tables';

/** The values of a sort key, in the text in which ClickHouse writes and reads them. */
export type Key = readonly string[];

/** Rows behind one key (null: from the first) and up to another, inclusive (null: to the last). */
export interface KeyRange {
  readonly behind: Key | null;
  readonly upTo: Key | null;
}

/** A condition of a range, in a form of which ClickHouse looks up every part in the index. */
export function conditionOf(key: readonly KeyPart[], { behind, upTo }: KeyRange): string {
  const conditions = [
    ...(behind === null ? [] : [compare(key, 'behind', '>', false)]),
    ...(upTo === null ? [] : [compare(key, 'upTo', '<', true)]),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

export function parametersOf({ behind, upTo }: KeyRange): Record<string, string> {
  const named = (name: string, key: Key | null) => (key ?? []).map((text, at) => [`${name}${at}`, text]);
  return Object.fromEntries([...named('behind', behind), ...named('upTo', upTo)]);
}

/** `a >= x AND (a > x OR (b >= y AND (b > y OR …)))`, and with `<` the same the other way round. */
function compare(key: readonly KeyPart[], name: string, sign: '<' | '>', isInclusive: boolean): string {
  return key.reduceRight((inner, [expression, type], at) => {
    const value = `{${name}${at}:${type}}`;
    if (at === key.length - 1) return `${expression} ${sign}${isInclusive ? '=' : ''} ${value}`;
    return `${expression} ${sign}= ${value} AND (${expression} ${sign} ${value} OR (${inner}))`;
  }, '');
}
