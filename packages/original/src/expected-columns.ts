import { type ExpectedColumn, type OriginalTable, originalTables } from './tables';

/** A column as it was found: under which name, and of which type in the words of `information_schema`. */
export interface FoundColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of one table in the database, by name. */
export type TableColumns = ReadonlyMap<string, FoundColumn>;

type Expected = Readonly<Record<string, ExpectedColumn>>;

/**
 * The name of each expected column in the database; one that is not there and need not be is left out. With what is missing,
 * `faults` name every table and column of it.
 */
export function matchColumns(found: ReadonlyMap<string, TableColumns>): {
  readonly columns: Readonly<Record<OriginalTable, ReadonlyMap<string, FoundColumn>>>;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const matchTable = (table: string, expected: Expected): ReadonlyMap<string, FoundColumn> => {
    const there = found.get(table);
    if (there === undefined) faults.push(`the table ${table} is missing`);
    const matched = new Map<string, FoundColumn>();
    for (const [name, { names, isRequired }] of Object.entries(expected)) {
      const column = names.map((one) => there?.get(one)).find((one) => one !== undefined);
      if (column !== undefined) matched.set(name, column);
      else if (isRequired && there !== undefined) faults.push(missing(table, names));
    }
    return matched;
  };
  const entries = Object.entries(originalTables).map(([table, expected]) => [
    table,
    matchTable(table, expected),
  ]);
  return { columns: Object.fromEntries(entries), faults };
}

function missing(table: string, [usual, ...others]: readonly string[]): string {
  const orElse = others.length === 0 ? '' : ` (or ${others.join(', ')})`;
  return `the table ${table} has no column ${usual}${orElse}`;
}

/** The expected columns of each table, as an entry of a Markdown list for the documentation; those in brackets may be missing. */
export function describeExpectedColumns(): string[] {
  return Object.entries(originalTables).map(([table, columns]) => {
    const texts = Object.values(columns as Expected).map(({ names, isRequired }) => {
      const text = names.map((name) => `\`${name}\``).join(' or ');
      return isRequired ? text : `(${text})`;
    });
    return `- \`${table}\`: ${texts.join(', ')}`;
  });
}
