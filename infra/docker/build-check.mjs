// Does without Docker what the Dockerfile does, and starts what came out of it: infra/docker/build-check.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/install.mjs';
import { mayNotWrite, runIn, start, stop, user } from './check/container.mjs';
import { findFaults, sizeOf } from './check/content.mjs';
import { readStage } from './check/dockerfile.mjs';
import { findPorts, makeEnvironments } from './check/environment.mjs';
import { tryOut } from './check/try-out.mjs';

const services = ['uasam', 'brain'];
/** An image's own content together with the Node.js that it runs on. */
const contentMaxBytes = 250e6;
const jobTimeoutMs = 120_000;
const readyTimeoutMs = 120_000;
/** As long as docker-compose.yml lets a service stop. */
const stopTimeoutMs = 20_000;

const dockerfile = readFileSync(path.join(root, 'infra', 'docker', 'Dockerfile'), 'utf8');
const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');

/**
 * Runs the check and says what it finds; gives the names of its parts that passed and that failed. With `TEST_DATABASE_URL`
 * or `TEST_CLICKHOUSE_URL` the services run on that database and leave their rows in it, else on an embedded engine.
 */
export async function buildCheck() {
  const results = { passed: [], failed: [] };
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-build-check-'));
  const undo = [];
  const part = async (name, run) => {
    const startedMs = performance.now();
    try {
      const note = await run();
      results.passed.push(name);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`otas: ${name}: passed in ${seconds} s${note === undefined ? '' : `; ${note}`}`);
    } catch (error) {
      results.failed.push(name);
      console.log(`otas: ${name}: FAILED: ${error.message}`);
      throw error;
    }
  };
  try {
    // Another user must be able to come through to what is his.
    chmodSync(dir, 0o755);
    await runParts(part, dir, undo);
  } catch (error) {
    if (results.failed.length === 0) throw error;
  } finally {
    for (const step of undo.reverse()) await step();
    // What was made read-only could else not be removed by who is not root.
    spawnSync('chmod', ['-R', 'u+w', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
  return results;
}

async function runParts(part, dir, undo) {
  const [checkout, out] = [path.join(dir, 'checkout'), path.join(dir, 'out')];
  await part('images: built from the files of git alone', () => assemble(checkout, out));
  await part('images: hold what runs and nothing else', () => checkContent(out));
  let environments = {};
  await part('images: the migration job', async () => {
    environments = await prepare(checkout, dir, undo);
    await checkMigrations(out, environments.migrate);
  });
  const running = new Map();
  undo.push(() => Promise.all([...running.values()].map((child) => stop(child.process, 0))));
  await part('images: the services start, get ready and work', async () => {
    for (const service of services)
      running.set(service, await startService(out, service, environments[service]));
    await tryOut(...services.map((service) => urlOf(service, environments[service])));
  });
  await part('images: SIGTERM ends the services in time', () => checkStops(running));
}

/** What `COPY . .` and the next line of the Dockerfile do. */
async function assemble(checkout, out) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of new Set(files)) {
    const source = path.join(root, file);
    if (file !== '' && statSync(source, { throwIfNoEntry: false })?.isFile())
      cpSync(source, path.join(checkout, file));
  }
  const script = path.join('infra', 'docker', 'assemble.mjs');
  const child = spawn(process.execPath, [script, out], { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${said}`);
  if (user.uid === undefined) {
    execFileSync('chmod', ['-R', 'a-w', out]);
    return 'as the user who checks';
  }
}

function checkContent(out) {
  const node = statSync(process.execPath).size;
  const sizes = ['uasam', 'brain', 'migrate'].map((target) => {
    const { copies } = readStage(dockerfile, target);
    const trees = copies.map(({ from }) => path.join(out, path.relative('/out', from)));
    return [target, trees.map(sizeOf).reduce((sum, size) => sum + size, 0)];
  });
  const faults = services.flatMap((service) =>
    findFaults(path.join(out, service)).map((fault) => `${service} holds ${fault}`),
  );
  if (faults.length > 0)
    throw new Error(`${faults.length} faults, such as\n  ${faults.slice(0, 10).join('\n  ')}`);
  const inMegabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
  for (const [target, size] of sizes) {
    if (size + node > contentMaxBytes) throw new Error(`${target} takes ${inMegabytes(size + node)}`);
  }
  const texts = sizes.map(([target, size]) => `${target} ${inMegabytes(size)}`);
  return `${texts.join(', ')}, Node.js ${inMegabytes(node)}`;
}

/** Starts the databases; gives the environments in which the services find them. */
async function prepare(checkout, dir, undo) {
  const dataDir = path.join(dir, 'var');
  mkdirSync(dataDir);
  if (user.uid !== undefined) chownSync(dataDir, user.uid, user.gid);
  const { startPostgres, startClickHouse } = await import(
    pathToFileURL(path.join(checkout, 'packages/embedded/dist/index.js')).href
  );
  const startEngine = async (given, startIt, name) => {
    if (given) return given;
    const engine = await startIt({ dir: path.join(dir, name) });
    undo.push(() => engine.stop());
    return engine.url;
  };
  const databases = {
    postgres: await startEngine(process.env.TEST_DATABASE_URL, startPostgres, 'postgres'),
    clickhouse: await startEngine(process.env.TEST_CLICKHOUSE_URL, startClickHouse, 'clickhouse'),
  };
  const yaml = createRequire(path.join(checkout, 'packages/e2e/package.json'))('yaml');
  const imageEnvOf = (target) => readStage(dockerfile, target).env;
  const machine = { databases, dataDir, ports: await findPorts(dockerfile, compose) };
  return makeEnvironments(yaml.parse(compose, { merge: true }).services, imageEnvOf, machine);
}

async function checkMigrations(out, env) {
  for (const expected of [/"applied":\["/, /"applied":\[\]/]) {
    const { code, output } = await runIn(out, readStage(dockerfile, 'migrate').cmd, env, jobTimeoutMs);
    if (code !== 0) throw new Error(`it ended with ${code}:\n${output}`);
    if (!process.env.TEST_DATABASE_URL && !expected.test(output)) throw new Error(`it said:\n${output}`);
  }
}

const urlOf = (service, env) => `http://127.0.0.1:${env[`${service.toUpperCase()}_PORT`]}`;

async function startService(out, service, env) {
  const { cmd, healthcheck, user: owner } = readStage(dockerfile, service);
  if (owner === 'root') throw new Error(`${service} would run as root`);
  const tree = path.join(out, service);
  const writing = ['node', '-e', "fs.writeFileSync('written', '')"];
  if (mayNotWrite && (await runIn(tree, writing, env, jobTimeoutMs)).code === 0)
    throw new Error(`${service} can write where its program lies`);
  const child = start(tree, cmd, env);
  const endMs = performance.now() + readyTimeoutMs;
  while ((await runIn(tree, healthcheck, env, readyTimeoutMs)).code !== 0) {
    if (child.process.exitCode !== null || performance.now() > endMs) {
      await stop(child.process, 0);
      throw new Error(`${service} did not get ready:\n${child.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { status } = await fetch(`${urlOf(service, env)}/readyz`);
  if (status !== 200) throw new Error(`${service} is healthy, but /readyz answers ${status}`);
  return child;
}

async function checkStops(running) {
  const notes = [];
  for (const service of [...services].reverse()) {
    const child = running.get(service);
    const { code, tookMs } = await stop(child.process, stopTimeoutMs);
    if (code !== 0) throw new Error(`${service} ended with ${code ?? 'SIGKILL'}:\n${child.output()}`);
    notes.push(`${service} ${Math.round(tookMs)} ms`);
  }
  return notes.join(', ');
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const { failed } = await buildCheck();
  process.exit(failed.length === 0 ? 0 : 1);
}
