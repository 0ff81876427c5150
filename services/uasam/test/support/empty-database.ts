import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@otas/embedded';
import pg from 'pg';
import { emptyPostgresDir } from '../../../../test/postgres-template';

export interface EmptyDatabase {
  readonly url: string;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Removes everything that is in it. */
  empty(): Promise<void>;
  drop(): Promise<void>;
}

/** A database with nothing in it: on the tests' server when that is a real one, else an embedded one of its own. */
export async function createEmptyDatabase(): Promise<EmptyDatabase> {
  const server = process.env.TEST_DATABASE_URL ?? '';
  const [row] = await run(server, 'SELECT version() AS version');
  const isEmbedded = /emcc|emscripten|wasm/i.test(String(row?.version));
  return isEmbedded ? startOwn() : createOn(server);
}

async function createOn(server: string): Promise<EmptyDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql, values) => run(url.href, sql, values),
    empty: () => empty(url.href),
    drop: async () => void (await run(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

async function startOwn(): Promise<EmptyDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'uasam-test-'));
  const engine = await startPostgres({ dir: await emptyPostgresDir(dir) });
  return {
    url: engine.url,
    query: (sql, values) => run(engine.url, sql, values),
    empty: () => empty(engine.url),
    drop: async () => {
      await engine.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function empty(url: string): Promise<void> {
  await run(url, 'DROP SCHEMA public CASCADE');
  await run(url, 'CREATE SCHEMA public');
}

async function run(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
