import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { root } from './install.mjs';

const endMs = 45 * 60_000;

build();
const seed = process.env.OTAS_FAULTS_SEED ?? String(Date.now() % 2 ** 31);
console.log(`otas: the long form of the fault tests, about a quarter of an hour; OTAS_FAULTS_SEED=${seed} …`);
const dir = mkdtempSync(path.join(tmpdir(), 'otas-results-'));
const output = path.join(dir, 'results.json');
let [passed, failed] = [0, 1];
try {
  spawnSync(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      '--json',
      `--outputFile=${output}`,
      'packages/e2e/test/faults',
      ...process.argv.slice(2),
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, TZ: 'Asia/Seoul', OTAS_FAULTS: 'long', OTAS_FAULTS_SEED: seed },
      timeout: endMs,
    },
  );
  const results = JSON.parse(readFileSync(output, 'utf8'));
  passed = results.numPassedTests;
  failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
} catch (error) {
  console.error(`otas: Jest gave no results: ${error.message}`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
