import pg from 'pg';
import { type FoundColumn, matchColumns, type TableColumns } from './expected-columns';
import { type OriginalRow, type OriginalTable, orderOf, originalTables } from './tables';

/** The database is there and is not what an import can be made from; the message says all that it lacks. */
export class OriginalUnreadable extends Error {
  constructor(faults: readonly string[]) {
    super(['this is not a database of the original system that can be imported:', ...faults].join('\n  '));
    this.name = 'OriginalUnreadable';
  }
}

const connectTimeoutMs = 10_000;
/** Rows that are read at once, at first and at most, and how many bytes of text they should have together. */
const [firstRows, maxRows, wantedBytes] = [250, 2000, 8 * 1024 * 1024];

interface Batch<Table extends OriginalTable> {
  readonly rows: OriginalRow<Table>[];
  readonly isLast: boolean;
}

type Columns = ReturnType<typeof matchColumns>['columns'];

/**
 * The database of the original system, as it was at the moment at which it was opened: all is read in one transaction that
 * changes nothing, one statement after the other.
 */
export class Original {
  readonly #client: pg.Client;
  readonly #columns: Columns;

  private constructor(client: pg.Client, columns: Columns) {
    this.#client = client;
    this.#columns = columns;
  }

  /**
   * Looks for all tables, whichever of them will be read.
   *
   * @throws OriginalUnreadable when a table or a column is missing, or not to be read by this user; an error of `pg` when the
   *   database cannot be reached
   */
  static async open(url: string): Promise<Original> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'otas import',
      keepAlive: true,
    });
    // A connection that is lost while nothing is asked of it: the next question says so.
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const statement of begin) await client.query(statement);
      const { columns, faults } = matchColumns(await readColumns(client));
      if (faults.length > 0) throw new OriginalUnreadable(faults);
      return new Original(client, columns);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  async count(table: OriginalTable): Promise<number> {
    const { rows } = await this.#client.query<{ count: number }>(
      `SELECT count(*)::float8 AS count FROM ${quote(table)}`,
    );
    return rows[0]?.count ?? 0;
  }

  /**
   * All rows, in order of time or of what they belong to, some hundred at a time: as many as have about 8 MB together, as far
   * as the rows before them foretell it, and 2,000 at most. The next ones are read while these are dealt with.
   */
  async *rows<Table extends OriginalTable>(table: Table): AsyncGenerator<OriginalRow<Table>[]> {
    const cursor = quote(`import ${table}`);
    await this.#client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${this.#select(table)}`);
    const fetch = async (count: number): Promise<Batch<Table>> => {
      const { rows } = await this.#client.query<OriginalRow<Table>>(`FETCH ${count} FROM ${cursor}`);
      return { rows, isLast: rows.length < count };
    };
    let wanted = firstRows;
    for (let batch = await fetch(wanted); batch.rows.length > 0; ) {
      const { rows, isLast } = batch;
      const fitting = Math.ceil(wantedBytes / (bytesOf(rows) / rows.length + 1));
      wanted = Math.min(maxRows, wanted * 2, fitting);
      const next = isLast ? Promise.resolve({ rows: [], isLast }) : fetch(wanted);
      // Whoever stops taking rows leaves it behind.
      next.catch(() => undefined);
      yield rows;
      batch = await next;
    }
    await this.#client.query(`CLOSE ${cursor}`);
  }

  /** Ends the transaction and the connection. */
  async close(): Promise<void> {
    await this.#client.end();
  }

  #select(table: OriginalTable): string {
    const found = this.#columns[table];
    const columns = Object.entries(originalTables[table]).map(([name, { isTime }]) => {
      return `${expressionOf(found.get(name), isTime)} AS ${quote(name)}`;
    });
    const order = orderOf[table].flatMap((name) => quoted(found.get(name)));
    return `SELECT ${columns.join(', ')} FROM ${quote(table)} ORDER BY ${order.join(', ')}`;
  }
}

const begin = [
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  "SET LOCAL TIME ZONE 'UTC'",
  "SET LOCAL DateStyle = 'ISO, YMD'",
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
  // All rows are wanted, not the first ones soon.
  'SET LOCAL cursor_tuple_fraction = 1',
];

/** Only what this user may read is told. */
async function readColumns(client: pg.Client): Promise<Map<string, TableColumns>> {
  const { rows } = await client.query<{ table: string; name: string; type: string }>(
    `SELECT table_name::text AS table, column_name::text AS name, data_type::text AS type
       FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = ANY($1)`,
    [Object.keys(originalTables)],
  );
  const tables = new Map<string, Map<string, FoundColumn>>();
  for (const { table, name, type } of rows) {
    const columns = tables.get(table) ?? new Map<string, FoundColumn>();
    tables.set(table, columns.set(name, { name, type }));
  }
  return tables;
}

function expressionOf(column: FoundColumn | undefined, isTime: boolean): string {
  if (column === undefined) return 'NULL';
  // Django keeps times with their zone; one without is taken for UTC.
  const isZoneless = isTime && column.type === 'timestamp without time zone';
  return isZoneless ? `(${quote(column.name)} AT TIME ZONE 'UTC')::text` : `${quote(column.name)}::text`;
}

const quoted = (column: FoundColumn | undefined): string[] =>
  column === undefined ? [] : [quote(column.name)];

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function bytesOf(rows: readonly Readonly<Record<string, string | null>>[]): number {
  let bytes = 0;
  for (const row of rows) for (const value of Object.values(row)) bytes += value?.length ?? 0;
  return bytes;
}
