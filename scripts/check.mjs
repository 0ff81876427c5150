import { spawnSync } from 'node:child_process';
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

/** Builds, then runs everything that needs no database; gives the names of the checks that passed and that failed. */
export function check() {
  build();
  const results = { passed: ['build and types'], failed: [] };
  for (const [name, args] of Object.entries(checks)) {
    const { status } = spawnSync(node, args, { cwd: root, stdio: 'inherit' });
    (status === 0 ? results.passed : results.failed).push(name);
    console.log(`otas: ${name}: ${status === 0 ? 'passed' : 'FAILED'}`);
  }
  return results;
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  process.exit(check().failed.length === 0 ? 0 : 1);
}
