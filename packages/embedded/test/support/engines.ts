import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { emptyPostgresDir } from '../../../../test/postgres-template';
import {
  type ClickHouseOptions,
  type EngineProcess,
  type PostgresOptions,
  startClickHouse,
  startPostgres,
} from '../../src';

const engines: EngineProcess[] = [];
const dirs: string[] = [];

/** A new directory, removed by {@link cleanUp}. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-embedded-'));
  dirs.push(dir);
  return dir;
}

/** A new directory with an empty database, which is there sooner than one that Postgres makes. */
export async function postgresDir(): Promise<string> {
  return emptyPostgresDir(await temporaryDir());
}

/** A Postgres of this test file's own, on a new directory when none is given. */
export async function postgres(options: Partial<PostgresOptions> = {}): Promise<EngineProcess> {
  return kept(await startPostgres({ dir: options.dir ?? (await postgresDir()), ...options }));
}

/** A ClickHouse of this test file's own, on a new directory when none is given. */
export async function clickhouse(options: Partial<ClickHouseOptions> = {}): Promise<EngineProcess> {
  return kept(await startClickHouse({ dir: await temporaryDir(), ...options }));
}

/** Ends every engine and removes every directory. */
export async function cleanUp(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await Promise.all(dirs.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
}

function kept(engine: EngineProcess): EngineProcess {
  engines.push(engine);
  return engine;
}
