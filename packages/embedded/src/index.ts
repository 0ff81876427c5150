/**
 * Real Postgres and ClickHouse engines without an installation, each in a process of its own that speaks the
 * protocol of the server it stands for.
 */
import { type EngineOptions, type EngineProcess, startEngine } from './engine-process';

export type { EngineExit, EngineOptions, EngineProcess } from './engine-process';

/** Options of {@link startClickHouse}. */
export interface ClickHouseOptions extends EngineOptions {
  /** How many queries run at the same time; more wait for their turn, first come first served. Default 4. */
  sessions?: number;
}

/**
 * Starts Postgres 18 (PGlite) on a directory. All connections share one backend: statements run one at a time,
 * and while one connection is in a transaction the others wait.
 *
 * @returns the engine; its `url` is `postgresql://postgres@HOST:PORT/postgres`. Any user, password and database
 *   name is accepted and means the same database.
 * @throws Error when it cannot start: port taken, directory in use by another process, damaged data.
 */
export function startPostgres(options: EngineOptions): Promise<EngineProcess> {
  const url = (host: string, port: number) => `postgresql://postgres@${hostInUrl(host)}:${port}/postgres`;
  return startEngine({ name: 'Postgres', script: 'postgres.js', args: [], url }, options);
}

/**
 * Starts ClickHouse (chDB) on a directory, behind ClickHouse's HTTP protocol.
 *
 * @returns the engine; its `url` is `http://HOST:PORT`. Credentials are accepted and ignored.
 * @throws Error when it cannot start: port taken, directory in use by another process, damaged data.
 */
export function startClickHouse(options: ClickHouseOptions): Promise<EngineProcess> {
  const args = options.sessions === undefined ? [] : ['--sessions', String(options.sessions)];
  const url = (host: string, port: number) => `http://${hostInUrl(host)}:${port}`;
  return startEngine({ name: 'ClickHouse', script: 'clickhouse.js', args, url }, options);
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
