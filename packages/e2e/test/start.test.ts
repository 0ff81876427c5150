import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startService } from '@otas/stack';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { send } from './support/http';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

const script = path.join(__dirname, '../../stack/dist/bin/main.js');
let dataDir: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'otas-start-'));
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

interface Started {
  readonly child: ChildProcess;
  readonly uasam: { url: string };
  readonly brain: { url: string };
  readonly tookMs: number;
  /** Everything that it printed so far. */
  output(): string;
  ended: Promise<number | null>;
}

function launch(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env.PATH ?? '',
      OTAS_DATA_DIR: dataDir,
      UASAM_PORT: '0',
      BRAIN_PORT: '0',
      UASAM_TIMEOUT_MS: '20000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { child, ended, output: () => text };
}

/** Runs `npm start`'s program until it says that it is ready. */
async function start(env: Record<string, string> = {}): Promise<Started> {
  const beginMs = performance.now();
  const launched = launch(env);
  for (;;) {
    const match = /ready\. UASAM (\S+), Brain (\S+)/.exec(launched.output());
    if (match !== null) {
      const [, uasam = '', brain = ''] = match;
      const tookMs = performance.now() - beginMs;
      return { ...launched, uasam: { url: uasam }, brain: { url: brain }, tookMs };
    }
    if (launched.child.exitCode !== null) throw new Error(`it did not start: ${launched.output()}`);
    await sleep(20);
  }
}

/** The same, on an empty database that Postgres need not make. */
async function startSoon(): Promise<Started> {
  await emptyPostgresDir(path.join(dataDir, 'postgres'));
  return start();
}

const log = (started: Started, tenant: Tenant) =>
  send('POST', `${started.brain.url}/api/v1/backend/log/agent/`, tenant.agent, minimalEvent(tenant));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/** The processes that a process has started, by Linux's own list of them. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilClosed(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isOpen = await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
    if (!isOpen) return;
    await sleep(50);
  }
  throw new Error(`${url} still answers`);
}

test('what was stored is there after an orderly stop; data and secrets are for their owner alone, and no secret is in a log', async () => {
  const first = await start({ LOG_LEVEL: 'debug' });
  const tenant = await makeTenant(first);
  expect((await log(first, tenant)).status).toBe(201);
  const url = `${first.brain.url}/api/v1/backend/log/agent/`;
  await send('POST', url, tenant.agent, '{"request_body": "broken');
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect((await stat(dataDir)).mode & 0o077).toBe(0);
  expect((await stat(path.join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
  expect(await secretsIn(first, tenant)).toEqual([]);

  const second = await start();
  expect(await readSession(second, tenant)).toHaveLength(1);
  expect((await log(second, tenant)).status).toBe(201);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
}, 180_000);

/** The secrets, keys and tokens of which something was printed or logged. */
async function secretsIn(started: Started, tenant: Tenant): Promise<string[]> {
  const text = await readFile(path.join(dataDir, 'secrets.json'), 'utf8');
  const secrets: string[] = Object.values(JSON.parse(text));
  expect(secrets.every((secret) => secret.length >= 32)).toBe(true);
  const logDir = path.join(dataDir, 'logs');
  const names = await readdir(logDir);
  const logs = await Promise.all(names.map((name) => readFile(path.join(logDir, name), 'utf8')));
  const written = `${logs.join('\n')}${started.output()}`;
  expect(written).toContain('/api/v1/backend/log/agent/');
  const { agentKey, sdkKey, userToken, sessionToken } = tenant;
  const hidden = [...secrets, agentKey, sdkKey, userToken, sessionToken, 'correct horse'];
  return hidden.filter((secret) => written.includes(secret));
}

test('a second start on the same data is refused; kill -9 leaves nothing running, and the next start has every event that got a 201; a second Ctrl-C ends everything at once', async () => {
  const first = await startSoon();
  const tenant = await makeTenant(first);
  expect((await log(first, tenant)).status).toBe(201);
  const refused = launch();
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toMatch(/used by another process|in use/i);
  expect((await fetch(`${first.brain.url}/readyz`)).status).toBe(200);

  const parts = await childrenOf(first.child.pid as number);
  expect(parts).toHaveLength(4);
  first.child.kill('SIGKILL');
  await until(() => parts.every((pid) => !isAlive(pid)));
  await Promise.all([untilClosed(first.uasam.url), untilClosed(first.brain.url)]);
  const second = await start();
  expect(await readSession(second, tenant)).toHaveLength(1);
  await endTwice(second);
}, 180_000);

/** A second Ctrl-C ends everything at once. */
async function endTwice(started: Started): Promise<void> {
  const parts = await childrenOf(started.child.pid as number);
  started.child.kill('SIGINT');
  await sleep(250);
  started.child.kill('SIGINT');
  await started.ended;
  await until(() => parts.every((pid) => !isAlive(pid)));
  await Promise.all([untilClosed(started.uasam.url), untilClosed(started.brain.url)]);
}

test('a port that is taken is one clear line and exit code 1', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const launched = launch({ BRAIN_PORT: String(port) });
  expect(await launched.ended).toBe(1);
  expect(launched.output().trim().split('\n')).toHaveLength(1);
  expect(launched.output()).toContain(`port ${port} is taken`);
  await new Promise((resolve) => server.close(resolve));
});

test('settings that do not fit are all named, without their values, and the exit code is 1', async () => {
  await emptyPostgresDir(path.join(dataDir, 'postgres'));
  const launched = launch({ PASSWORD_MIN_LENGTH: 'many', KEY_PEPPER: 'short-pepper' });
  expect(await launched.ended).toBe(1);
  expect(launched.output()).toContain('PASSWORD_MIN_LENGTH');
  expect(launched.output()).toContain('KEY_PEPPER');
  expect(launched.output()).not.toContain('short-pepper');
});

test('Ctrl-C while it waits for a database that is not there ends it, and leaves nothing running', async () => {
  const launched = launch({ DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
  await until(() => launched.output().includes('starting UASAM'));
  let parts: number[] = [];
  await until(async () => {
    parts = await childrenOf(launched.child.pid as number);
    return parts.length > 1;
  });
  launched.child.kill('SIGINT');
  expect(await launched.ended).toBe(0);
  await until(() => parts.every((pid) => !isAlive(pid)));
});

test('a service without its secrets does not start and says which are missing', async () => {
  let said = '';
  const starting = startService({
    name: 'uasam',
    host: '127.0.0.1',
    env: { PATH: process.env.PATH ?? '' },
    onError: (chunk) => (said += chunk),
  });
  await expect(starting).rejects.toThrow('uasam did not start');
  const required = ['DATABASE_URL', 'USER_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS', 'KEY_PEPPER'];
  for (const name of [...required, 'SERVICE_TOKENS']) {
    expect(said).toContain(name);
  }
});
