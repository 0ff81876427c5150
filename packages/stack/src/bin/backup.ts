import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { openDatabases } from '../databases';
import { runProgram } from '../run-program';

/**
 * `npm run backup -- --to DIR`: both databases into an empty directory, also while the services run. ClickHouse comes first, so
 * that every event is of an agent and a session that are in the backup too; what was deleted in between is erased again by
 * the Brain that starts on it.
 */
async function main([flag, given]: readonly string[]): Promise<void> {
  if (flag !== '--to' || given === undefined) throw new Error('usage: npm run backup -- --to DIR');
  const dir = path.resolve(given);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty`);
  const dataDir = path.resolve(process.env.OTAS_DATA_DIR || '.otas');
  const { stop, ...urls } = await openDatabases(dataDir, process.env, true);
  try {
    const env = { ...process.env, ...urls };
    await runProgram('brain', 'backup', ['--to', path.join(dir, 'clickhouse')], env);
    await runProgram('uasam', 'backup', ['--to', path.join(dir, 'postgres')], env);
  } finally {
    await stop();
  }
  console.log(`otas: backed up to ${dir}. The secrets are not in it: keep a copy of them elsewhere.`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`otas: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
