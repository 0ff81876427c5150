import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildCheck } from '../infra/docker/build-check.mjs';
import { check } from './check.mjs';
import { root } from './install.mjs';
import { checkRules } from './promtool.mjs';
import { startPostgresServer } from './real-postgres.mjs';
import { findRedisServer } from './real-redis.mjs';

// Every time is stored and shown in UTC; a machine that is not in UTC must not change that.
const env = { ...process.env, TZ: 'Asia/Seoul' };

/** Runs Jest and gives how many tests passed and failed; a file that cannot be run is a failure. */
function jest(args, more = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-results-'));
  const output = path.join(dir, 'results.json');
  try {
    spawnSync(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${output}`, '--silent=false', ...args],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...env, ...more } },
    );
    const results = JSON.parse(readFileSync(output, 'utf8'));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    };
  } catch (error) {
    console.error(`otas: Jest gave no results: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const patterns = process.argv.slice(2);
const checks = check();
const totals = { passed: checks.passed.length, failed: checks.failed.length };
const add = ({ passed, failed }) => {
  totals.passed += passed;
  totals.failed += failed;
};

add(jest(patterns));
if (patterns.length === 0) {
  const images = await buildCheck();
  add({ passed: images.passed.length, failed: images.failed.length });
}
if (process.env.OTAS_TEST_REAL_POSTGRES === '1') {
  console.log('otas: the tests of UASAM once more, on a Postgres server');
  const server = await startPostgresServer();
  try {
    add(jest(['services/uasam'], { TEST_DATABASE_URL: server.url }));
  } finally {
    await server.stop();
  }
}
if (process.env.OTAS_TEST_REAL_REDIS === '1') {
  console.log('otas: the tests that need a Redis server');
  add(jest(['--config', 'jest.redis.config.js', '--runInBand'], { TEST_REDIS_SERVER: findRedisServer() }));
}
if (process.env.OTAS_TEST_PROMTOOL === '1') {
  console.log('otas: the rules of Prometheus, by promtool');
  add(checkRules());
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
