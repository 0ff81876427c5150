import { ClickHouseFailure } from './errors';
import { type Job, preparationOf } from './job';
import { loadNative, type NativeConnection, type NativeStream } from './native';
import { Slots } from './slots';

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
  private readonly slots: Slots;
  private kept: { preparation: string; connection: NativeConnection }[] = [];

  /**
   * @param dataDir directory of the tables
   * @param concurrency how many jobs run at a time
   * @param connectionArgs arguments of the engine, in the form of `clickhouse local`
   * @throws Error when the engine cannot open the directory
   */
  constructor(
    private readonly dataDir: string,
    concurrency: number,
    connectionArgs: string[],
  ) {
    this.slots = new Slots(concurrency);
    this.keeper = this.native.CreateConnection(dataDir, connectionArgs);
  }

  /**
   * Runs one statement when its turn has come.
   *
   * @param isWanted asked when the turn has come; the statement is not run when nobody waits for it any more
   * @throws ClickHouseFailure
   */
  async run(job: Job, isWanted: () => boolean): Promise<Outcome> {
    const runNow = async (): Promise<Outcome> => {
      if (!isWanted()) throw ClickHouseFailure.of(394, 'QUERY_WAS_CANCELLED', 'The client has gone');
      return this.runNow(job);
    };
    try {
      return await this.slots.run(runNow);
    } catch (err) {
      const failure = ClickHouseFailure.from(err);
      // A server takes an INSERT without rows for done.
      if (failure.type === 'NO_DATA_TO_INSERT') return nothing;
      throw failure;
    }
  }

  /**
   * Runs a SELECT and gives its output in parts, of which one is made while the one before is taken. It needs a turn for each
   * part: one that nobody takes keeps no other job from running.
   *
   * @throws ClickHouseFailure
   */
  async *stream(job: Job): AsyncGenerator<Buffer, void> {
    const connection = await this.openSession(preparationOf(job));
    let stream: NativeStream | undefined;
    let fetching: Promise<Buffer | null> = Promise.resolve(null);
    try {
      stream = this.native.StreamQuery(connection, job.sql, job.format);
      fetching = this.fetch(stream);
      for (let part = await fetching; part !== null; part = await fetching) {
        fetching = this.fetch(stream);
        // Who stops taking parts leaves it behind.
        fetching.catch(() => undefined);
        yield part;
      }
    } catch (err) {
      throw ClickHouseFailure.from(err);
    } finally {
      // One that has come to its end, or has failed, is gone already.
      const next = await fetching.catch(() => null);
      if (stream !== undefined && next !== null) this.native.StreamCancel(stream);
      this.native.CloseConnection(connection);
    }
  }

  /** Closes the engine; no job may be running. */
  close(): void {
    for (const { connection } of this.kept.splice(0)) this.native.CloseConnection(connection);
    this.native.CloseConnection(this.keeper);
  }

  /** The next part of a stream when its turn has come; null behind the last. */
  private async fetch(stream: NativeStream): Promise<Buffer | null> {
    const part = await this.slots.run(() => this.native.StreamFetch(stream));
    return part.done ? null : part.bytes;
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
