/** What one request runs. */
export interface Job {
  /** The statement. With `data` it is the beginning of an INSERT, up to where its data begin. */
  sql: string;
  /** The rows of an INSERT, in the format the statement names. */
  data: Buffer | null;
  /** The database of tables named without one; null for `default`. */
  database: string | null;
  /** Settings of this statement alone, in the text form ClickHouse reads. */
  settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` in the statement, escaped as in TabSeparated. */
  params: ReadonlyMap<string, string>;
  /** Output format of a statement that names none. */
  format: string;
}

/** Settings that have another default in the embedded engine than in a server. */
const serverDefaults = new Map([
  ['implicit_select', '0'],
  ['allow_introspection_functions', '0'],
]);

/**
 * What makes a new session the job's. Values reach the engine as string literals of a SET, apart from the statement:
 * they cannot become part of it.
 */
export function preparationOf({ database, settings, params }: Job): string {
  const assignments = [
    ...[...params].map(([name, value]) => [`param_${name}`, value] as const),
    ...new Map([...serverDefaults, ...settings]),
  ].map(([name, value]) => `${quoteName(name)} = ${quoteString(value)}`);
  const use = database === null ? '' : `USE ${quoteName(database)}; `;
  return `${use}SET ${assignments.join(', ')}`;
}

function quoteName(name: string): string {
  return `\`${escaped(name)}\``;
}

function quoteString(value: string): string {
  return `'${escaped(value)}'`;
}

function escaped(text: string): string {
  return text.replace(/[\\'`]/g, '\\$&').replaceAll('\0', '\\0');
}
