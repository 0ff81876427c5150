/**
 * Real Postgres and ClickHouse engines without an installation, each in a process of its own that speaks the
 * protocol of the server it stands for.
 */
import { type EngineOptions, type EngineProcess, startEngine } from './engine-process';

export type { EngineExit, EngineOptions, EngineProcess } from './engine-process';

/** Options of {@link startPostgres}. */
export interface PostgresOptions extends EngineOptions {
  /**
   * How long a connection may do nothing in a transaction while others wait for it, in milliseconds; then it is
   * disconnected and rolled back. Default 30,000.
   */
  idleInTransactionTimeoutMs?: number;
}

/** Options of {@link startClickHouse}. */
export interface ClickHouseOptions extends EngineOptions {
  /** How many statements run at a time, 1 to 16; the rest wait, first come first served. Default 4. */
  sessions?: number;
  /**
   * A configuration of a ClickHouse server, as an absolute path, whose bounds then hold instead of our own. The users that
   * it names are there, and everybody is `default`. `config.d` beside it is read too, as a server does.
   */
  configFile?: string;
}

/**
 * Starts Postgres 18 (PGlite) on a directory. All connections share one session: statements run one at a time, and
 * while one connection is in a transaction the others wait. Settings and prepared statements are each connection's
 * own; temporary tables, advisory locks, notifications and custom settings (`a.b`) outside of a transaction are not.
 * There is no COPY FROM STDIN. What was committed survives the end of the process, however it ends, but not a loss
 * of power: nothing waits for the disk.
 *
 * @returns the engine; its `url` is `postgresql://postgres@HOST:PORT/postgres`. Any user, password and database
 *   name is accepted and means the same database.
 * @throws Error when it cannot start: port taken, directory in use by another process, damaged data.
 */
export function startPostgres(options: PostgresOptions): Promise<EngineProcess> {
  const url = (host: string, port: number) => `postgresql://postgres@${hostInUrl(host)}:${port}/postgres`;
  const args = argument('idle-in-transaction-timeout-ms', options.idleInTransactionTimeoutMs);
  return startEngine({ name: 'Postgres', script: 'postgres.js', args, url }, options);
}

/**
 * Starts ClickHouse (chDB) on a directory, behind ClickHouse's HTTP protocol. Every request has a session of its own
 * (`session_id` is refused). What it takes is bounded: 2 GiB of memory, 1 GiB a request body.
 * Acknowledged rows survive the end of the process, however it ends; a loss of power may cost the last ones.
 *
 * @returns the engine; its `url` is `http://HOST:PORT`. Credentials are accepted and ignored.
 * @throws Error when it cannot start: port taken, directory in use by another process, damaged data.
 */
export function startClickHouse(options: ClickHouseOptions): Promise<EngineProcess> {
  const url = (host: string, port: number) => `http://${hostInUrl(host)}:${port}`;
  const args = [...argument('sessions', options.sessions), ...argument('config-file', options.configFile)];
  return startEngine({ name: 'ClickHouse', script: 'clickhouse.js', args, url }, options);
}

function argument(name: string, value: number | string | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, String(value)];
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
