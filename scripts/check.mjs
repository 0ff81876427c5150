import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './install.mjs';

const node = process.execPath;
const checks = {
  'format and lint': [
    'node_modules/@biomejs/biome/bin/biome',
    ...['ci', '--error-on-warnings', process.stdout.isTTY ? '--colors=force' : '--colors=off', '.'],
  ],
  'import boundaries': [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...['--config', '.dependency-cruiser.js', 'packages', 'services'],
  ],
  'types of the tests': ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.test.json'],
  'settings in .env.example': ['scripts/env-example.mjs', '--check'],
  'routes in docs/access.md': ['scripts/access-table.mjs', '--check'],
  'routes in openapi.json': ['scripts/openapi.mjs', '--check'],
  'linter of openapi.json': ['scripts/lint-openapi.mjs'],
};

/** Builds, then runs everything that needs no database, all at the same time; gives the names of the checks that passed and that failed. */
export async function check() {
  build();
  const results = { passed: ['build and types'], failed: [] };
  const run = async ([name, args]) => {
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const [status] = await once(child, 'close');
    (status === 0 ? results.passed : results.failed).push(name);
    process.stdout.write(said);
    console.log(`otas: ${name}: ${status === 0 ? 'passed' : 'FAILED'}`);
  };
  await Promise.all(Object.entries(checks).map(run));
  return results;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  process.exit((await check()).failed.length === 0 ? 0 : 1);
}
