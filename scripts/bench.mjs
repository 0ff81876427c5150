import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { build } from './build.mjs';
import { root, run } from './install.mjs';
import { startPostgresServer } from './real-postgres.mjs';

build();
run(process.execPath, ['node_modules/typescript/bin/tsc', '--build', 'packages/bench']);

const server = process.env.OTAS_BENCH_REAL_POSTGRES === '1' ? await startPostgresServer() : null;
const main = path.join(root, 'packages/bench/dist/main.js');
const bench = spawn(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // Ctrl-C reaches every process of a terminal's group; here it is this one that hands it on, once.
  detached: true,
  env: { ...process.env, ...(server === null ? {} : { OTAS_BENCH_POSTGRES_URL: server.url }) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => bench.kill(signal));
const [code] = await once(bench, 'exit');
await server?.stop();
process.exit(code ?? 1);
