import { ClickHouseFailure } from './errors';
import { loadNative, type NativeConnection } from './native';

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

/** What a statement gave. */
export interface Outcome {
  body: Buffer;
  readRows: number;
  readBytes: number;
  /** 0 for an INSERT … SELECT: the engine does not say. */
  writtenRows: number;
  writtenBytes: number;
}

const nothing: Outcome = {
  body: Buffer.alloc(0),
  readRows: 0,
  readBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
};

/** Settings that have another default in the embedded engine than in a server. */
const serverDefaults = new Map([
  ['implicit_select', '0'],
  ['allow_introspection_functions', '0'],
]);

/** How many sessions of INSERTs are kept; the one that was used last is the last to be closed. */
const keptSessionsMax = 16;

/**
 * ClickHouse in this process. Every job has a session of its own: nothing that a statement sets can reach another. To
 * open and to prepare one takes a millisecond, so those of INSERTs, which leave nothing behind, serve the next INSERT
 * with the same settings too. A fixed number of jobs run at a time, the rest wait.
 */
export class Engine {
  /** Keeps the engine open between jobs. */
  private readonly keeper: NativeConnection;
  private readonly native = loadNative();
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private kept: { preparation: string; connection: NativeConnection }[] = [];

  /**
   * @param dataDir directory of the tables
   * @param concurrency how many jobs run at a time
   * @param connectionArgs arguments of the engine, in the form of `clickhouse local`
   * @throws Error when the engine cannot open the directory
   */
  constructor(
    private readonly dataDir: string,
    private readonly concurrency: number,
    connectionArgs: string[],
  ) {
    this.keeper = this.native.CreateConnection(dataDir, connectionArgs);
  }

  /**
   * Runs one statement when its turn has come.
   *
   * @param isWanted asked when the turn has come; the statement is not run when nobody waits for it any more
   * @throws ClickHouseFailure
   */
  async run(job: Job, isWanted: () => boolean): Promise<Outcome> {
    await this.takeSlot();
    try {
      if (!isWanted()) throw ClickHouseFailure.of(394, 'QUERY_WAS_CANCELLED', 'The client has gone');
      return await this.runNow(job);
    } catch (err) {
      const failure = ClickHouseFailure.from(err);
      // A server takes an INSERT without rows for done.
      if (failure.type === 'NO_DATA_TO_INSERT') return nothing;
      throw failure;
    } finally {
      this.giveSlot();
    }
  }

  /** Closes the engine; no job may be running. */
  close(): void {
    for (const { connection } of this.kept.splice(0)) this.native.CloseConnection(connection);
    this.native.CloseConnection(this.keeper);
  }

  private async takeSlot(): Promise<void> {
    if (this.running < this.concurrency) this.running++;
    else await new Promise<void>((start) => this.waiting.push(start));
  }

  /** A slot goes straight to who has waited longest: nobody who comes in between can take it. */
  private giveSlot(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }

  private async runNow(job: Job): Promise<Outcome> {
    if (job.data) return this.insert(job, job.data);
    const connection = await this.openSession(preparationOf(job));
    try {
      const result = await this.native.QueryAsyncConnection(connection, job.sql, job.format);
      return { ...nothing, body: result.bytes, readRows: result.rowsRead, readBytes: result.bytesRead };
    } finally {
      this.native.CloseConnection(connection);
    }
  }

  private async insert(job: Job, data: Buffer): Promise<Outcome> {
    const preparation = preparationOf(job);
    const connection = this.takeKept(preparation) ?? (await this.openSession(preparation));
    try {
      const written = await this.native.InsertRawAsyncConnection(connection, job.sql, data, false);
      this.keep(preparation, connection);
      return {
        ...nothing,
        readRows: written.rowsWritten,
        readBytes: data.length,
        writtenRows: written.rowsWritten,
        writtenBytes: written.bytesWritten,
      };
    } catch (error) {
      this.native.CloseConnection(connection);
      throw error;
    }
  }

  private async openSession(preparation: string): Promise<NativeConnection> {
    const connection = this.native.CreateConnection(this.dataDir);
    try {
      await this.native.QueryAsyncConnection(connection, preparation, 'Null');
      return connection;
    } catch (error) {
      this.native.CloseConnection(connection);
      throw error;
    }
  }

  private takeKept(preparation: string): NativeConnection | undefined {
    const at = this.kept.findIndex((one) => one.preparation === preparation);
    return at === -1 ? undefined : this.kept.splice(at, 1)[0]?.connection;
  }

  private keep(preparation: string, connection: NativeConnection): void {
    this.kept.unshift({ preparation, connection });
    const oldest = this.kept[keptSessionsMax];
    if (oldest === undefined) return;
    this.kept.pop();
    this.native.CloseConnection(oldest.connection);
  }
}

/**
 * What makes a new session the job's. Values reach the engine as string literals of a SET, apart from the statement:
 * they cannot become part of it.
 */
function preparationOf({ database, settings, params }: Job): string {
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
