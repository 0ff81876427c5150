import { dirname, join } from 'node:path';

/** A connection to the engine in this process: a session with settings of its own, for one statement at a time. */
export type NativeConnection = object;

/** A SELECT of which some output was not fetched yet. */
export type NativeStream = object;

/**
 * The engine's own functions, below chdb's public `Session`. That one does not fit a server in two ways: it keeps a
 * closed session open until no session of the process has anything to do, which under load is never; and its INSERT
 * from bytes builds the statement itself, where here the client has written it.
 *
 * Closing a connection while a statement runs on it ends the process.
 */
export interface Native {
  /** The first one opens the directory with the arguments; later ones share it. Says why not on standard error. */
  CreateConnection(dataDir: string, args?: string[]): NativeConnection;
  CloseConnection(connection: NativeConnection): void;
  /** Runs the statements, and gives the output of the last one. */
  QueryAsyncConnection(connection: NativeConnection, sql: string, format: string): Promise<NativeResult>;
  /** Begins a SELECT whose output is fetched part by part; the connection serves nothing else until it has ended. */
  StreamQuery(connection: NativeConnection, sql: string, format: string): NativeStream;
  /** The output of its next rows; `done` says that there are none. Rejects with the error that ended the SELECT. */
  StreamFetch(stream: NativeStream): Promise<{ done: true } | { done: false; bytes: Buffer }>;
  /** Ends a SELECT that was not fetched to its end; no fetch may be running. */
  StreamCancel(stream: NativeStream): void;
  /** Runs an INSERT whose data follow as bytes in the format it names. */
  InsertRawAsyncConnection(
    connection: NativeConnection,
    sql: string,
    data: Buffer,
    countLines: boolean,
  ): Promise<{ rowsWritten: number; bytesWritten: number }>;
}

export interface NativeResult {
  bytes: Buffer;
  rowsRead: number;
  bytesRead: number;
}

/** Loads the engine into this process. */
export function loadNative(): Native {
  const loader = join(dirname(require.resolve('chdb/package.json')), 'dist', 'loader.js');
  return (require(loader) as { loadNative(): Native }).loadNative();
}
