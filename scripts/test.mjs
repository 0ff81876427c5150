import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildCheck } from '../infra/docker/build-check.mjs';
import { check } from './check.mjs';
import { root } from './install.mjs';
import { checkRules, findPromtool } from './promtool.mjs';
import { startPostgresServer } from './real-postgres.mjs';
import { findRedisServer } from './real-redis.mjs';
import { prepareTools, wanted } from './test-tools.mjs';

// Every time is stored and shown in UTC; a machine that is not in UTC must not change that.
const env = { ...process.env, TZ: 'Asia/Seoul' };

/**
 * Tests of UASAM that say nothing of Postgres: each statement that they send is sent by others as well, and none is about what
 * happens at the same moment. They are not run once more on a server; what is new is, until it is named here.
 */
const saysNothingOfPostgres = [
  ...['access', 'agent-key-list', 'agents', 'audit-coverage', 'authorize', 'batches', 'config', 'guessing'],
  ...['internal', 'limits', 'login-guard', 'main', 'old-hashes', 'projects', 'sdk-keys', 'tokens', 'turns'],
];
/** A server that is thrown away in the end need not write to the disk at every commit. */
const forgetful = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

const patterns = process.argv.slice(2);
const totals = { passed: 0, failed: 0 };
const add = ({ passed, failed }) => {
  totals.passed += passed;
  totals.failed += failed;
};

/** Runs Jest and adds how many tests passed and failed; a file that cannot be run is a failure. */
async function jest(args, more = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-results-'));
  const output = path.join(dir, 'results.json');
  try {
    const child = spawn(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${output}`, '--silent=false', ...args],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...env, ...more } },
    );
    await once(child, 'exit');
    const results = JSON.parse(readFileSync(output, 'utf8'));
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    add({ passed: results.numPassedTests, failed });
  } catch (error) {
    console.error(`otas: Jest gave no results: ${error.message}`);
    add({ passed: 0, failed: 1 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function testImages() {
  const { passed, failed } = await buildCheck();
  add({ passed: passed.length, failed: failed.length });
}

async function testOnPostgres() {
  console.log('otas: the tests of UASAM once more, on a Postgres server');
  const server = await startPostgresServer(forgetful);
  try {
    const leftOut = `/services/uasam/test/(?:${saysNothingOfPostgres.join('|')})\\.test\\.ts$`;
    const args = [
      '--testPathPatterns',
      'services/uasam',
      '--testPathIgnorePatterns',
      '/node_modules/',
      leftOut,
    ];
    await jest(args, { TEST_DATABASE_URL: server.url });
  } finally {
    await server.stop();
  }
}

async function testWithRedis() {
  console.log('otas: the tests that need a Redis server');
  await jest(['--config', 'jest.redis.config.js', '--runInBand'], { TEST_REDIS_SERVER: findRedisServer() });
}

const toolsDir = mkdtempSync(path.join(tmpdir(), 'otas-tools-'));
process.once('exit', () => rmSync(toolsDir, { recursive: true, force: true }));
const tools = prepareTools(toolsDir);
const checks = await check();
add({ passed: checks.passed.length, failed: checks.failed.length });
await jest(patterns);
await tools;
// Most of the time the images need one processor, and wait for the disk.
await Promise.all([
  wanted.postgres ? testOnPostgres() : undefined,
  patterns.length === 0 ? testImages() : undefined,
]);
if (wanted.redis) await testWithRedis();
if (wanted.promtool) {
  console.log('otas: the rules of Prometheus, by promtool');
  add(checkRules(findPromtool(toolsDir)));
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
