import path from 'node:path';
import { openDatabases } from '../databases';
import { runProgram } from '../run-program';

/**
 * `npm run restore -- --from DIR`: a backup into empty databases, while no service runs. Postgres comes last and in one
 * transaction: where it is filled, everything is there. Whether it can come at all is looked at first, since ClickHouse has
 * no transaction.
 */
async function main([flag, given]: readonly string[]): Promise<void> {
  if (flag !== '--from' || given === undefined) throw new Error('usage: npm run restore -- --from DIR');
  const dir = path.resolve(given);
  const dataDir = path.resolve(process.env.OTAS_DATA_DIR || '.otas');
  const { stop, ...urls } = await openDatabases(dataDir, process.env, false);
  try {
    const env = { ...process.env, ...urls };
    const postgres = ['--from', path.join(dir, 'postgres')];
    await runProgram('uasam', 'restore', [...postgres, '--check'], env);
    await runProgram('brain', 'restore', ['--from', path.join(dir, 'clickhouse')], env);
    await runProgram('uasam', 'restore', postgres, env);
    await runProgram('uasam', 'verify-audit', [], env);
  } finally {
    await stop();
  }
  console.log(
    `otas: restored from ${dir}, and the audit log is intact. It needs the secrets that it was made with.`,
  );
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`otas: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
