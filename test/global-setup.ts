import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';
import { emptyPostgresDir, templateVariable } from './postgres-template';

export interface TestEngines {
  readonly dir: string;
  readonly engines: readonly EngineProcess[];
}

/** One Postgres and one ClickHouse for all test files; a Postgres from outside is used where one is named. */
export default async function setup(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-test-'));
  const external = process.env.TEST_DATABASE_URL;
  const [clickhouse, postgres] = await Promise.all([
    startClickHouse({ dir: path.join(dir, 'clickhouse') }),
    external ? null : startSharedPostgres(dir),
  ]);
  process.env.TEST_CLICKHOUSE_URL = clickhouse.url;
  process.env.TEST_DATABASE_URL = external ?? postgres?.url;
  const engines = postgres === null ? [clickhouse] : [clickhouse, postgres];
  Object.assign(globalThis, { otasTestEngines: { dir, engines } satisfies TestEngines });
}

/** Leaves an empty database as it was made, for the tests that want one of their own. */
async function startSharedPostgres(dir: string): Promise<EngineProcess> {
  const template = path.join(dir, 'postgres-template');
  await (await startPostgres({ dir: template })).stop();
  process.env[templateVariable] = template;
  return startPostgres({ dir: await emptyPostgresDir(path.join(dir, 'postgres')) });
}
