import { ClickHouseFailure } from './errors';

/** A statement, and the data of its INSERT when they are not part of it. */
export interface Statement {
  sql: string;
  data: Buffer | null;
}

const insertStatement = /^\s*(?:(?:--[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*INSERT\b/i;

/**
 * Puts a request's statement together: a body beside a `query` of the URL is the data of its INSERT; else it
 * continues the statement.
 *
 * @throws ClickHouseFailure when there is more than one statement: the engine would run them all, a server does not
 */
export function statementOf(query: string, body: Buffer): Statement {
  const isInsert = insertStatement.test(query);
  if (isInsert && body.length > 0) return { sql: query, data: body };
  const sql = query.trim() === '' ? body.toString('utf8') : joined(query, body);
  if (!carriesData(sql) && endOfFirst(sql) < sql.length) {
    throw ClickHouseFailure.of(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)');
  }
  return { sql, data: null };
}

function joined(query: string, body: Buffer): string {
  return body.length === 0 ? query : `${query}\n${body.toString('utf8')}`;
}

/** What follows the format of an INSERT is data, which may hold anything. */
function carriesData(sql: string): boolean {
  return insertStatement.test(sql) && /\bFORMAT\b/i.test(sql);
}

/** Where the first statement ends, with the semicolons, comments and space after it. */
function endOfFirst(sql: string): number {
  let isEnded = false;
  for (let at = 0; at < sql.length; ) {
    const skipped = endOfSkipped(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    if (isEnded && sql[at] !== ';') return at;
    if (sql[at] === ';') isEnded = true;
    at = isEnded ? at + 1 : endOfToken(sql, at);
  }
  return sql.length;
}

/** The end of the space or comment at a position; the position itself when there is none. */
function endOfSkipped(sql: string, at: number): number {
  if (/\s/.test(sql[at] as string)) return at + 1;
  if (sql.startsWith('--', at)) return endAfter(sql, '\n', at);
  if (sql.startsWith('/*', at)) return endAfter(sql, '*/', at + 2);
  return at;
}

/** The end of the quoted text at a position, or of the one character. */
function endOfToken(sql: string, at: number): number {
  const quote = sql[at] as string;
  if (!'\'"`'.includes(quote)) return at + 1;
  let end = at + 1;
  // A doubled quote reads as two quoted texts in a row, which ends at the same place.
  while (end < sql.length && sql[end] !== quote) end += sql[end] === '\\' ? 2 : 1;
  return end + 1;
}

function endAfter(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from);
  return at === -1 ? sql.length : at + mark.length;
}
