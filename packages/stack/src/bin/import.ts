import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';

/**
 * `npm run import`: UASAM's import, then Brain's, with the databases that `DATABASE_URL` and `CLICKHOUSE_URL` name; in place of
 * one that is not given, the embedded one of `npm start`'s data directory, which `npm start` must not be using then.
 *
 * Ends with 0 when both did, else with the code of the one that did not.
 */
async function main(): Promise<number> {
  const given = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const env = Object.fromEntries(given);
  const dataDir = path.resolve(env.OTAS_DATA_DIR ?? '.otas');
  const engines: EngineProcess[] = [];
  const use = async (name: string, start: () => Promise<EngineProcess>): Promise<void> => {
    if (env[name] !== undefined) return;
    console.log(`otas: starting the database in ${dataDir} for ${name} …`);
    const engine = await start();
    engines.push(engine);
    env[name] = engine.url;
  };
  const filesDir = await mkdtemp(path.join(tmpdir(), 'otas-import-'));
  try {
    await use('DATABASE_URL', () => startPostgres({ dir: path.join(dataDir, 'postgres') }));
    await use('CLICKHOUSE_URL', () => startClickHouse({ dir: path.join(dataDir, 'clickhouse') }));
    env.IMPORT_SCOPE_FILE = path.join(filesDir, 'scope');
    return (await runImport('uasam', env)) || (await runImport('brain', env));
  } finally {
    await Promise.all(engines.map((engine) => engine.stop()));
    await rm(filesDir, { recursive: true, force: true });
  }
}

/** Ctrl-C reaches the import by the terminal; this process waits for it, so that the databases end in order. */
async function runImport(service: 'uasam' | 'brain', env: Record<string, string>): Promise<number> {
  const script = path.join(
    __dirname,
    '..',
    '..',
    '..',
    '..',
    'services',
    service,
    'dist',
    'bin',
    'import.js',
  );
  const child = spawn(process.execPath, [script, ...process.argv.slice(2)], { env, stdio: 'inherit' });
  const passOn = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', passOn).on('SIGINT', passOn);
  const [code] = await once(child, 'exit');
  process.off('SIGTERM', passOn).off('SIGINT', passOn);
  return code ?? 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`otas: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
