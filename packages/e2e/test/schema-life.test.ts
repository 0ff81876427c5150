import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeSecrets } from '@otas/stack';
import { findFreePort } from '../../../test/find-free-port';
import { startLocalServer } from '../../../test/local-server';
import { root } from './support/deployment';
import { until } from './support/metrics';
import { type RunningProgram, run } from './support/process';

/** The numbers of all migrations. */
const known = readdirSync(path.join(root, 'packages/event-store/migrations')).map((_, at) => at + 1);
const clickhouseUrl = process.env.TEST_CLICKHOUSE_URL as string;
const running: RunningProgram[] = [];
let dir: string;
let database: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-schema-'));
  database = `schema_${randomUUID().replaceAll('-', '')}`;
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  await ask(`DROP DATABASE IF EXISTS ${database}`);
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

async function ask(query: string): Promise<string> {
  const answer = await fetch(clickhouseUrl, { method: 'POST', body: query });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text.trim();
}
const versions = () =>
  ask(`SELECT arrayStringConcat(arraySort(groupUniqArray(version)), ',') FROM ${database}.schema_migrations`);

/** Brain with this ClickHouse, and a UASAM that nobody needs here. */
async function startBrain(more: Record<string, string> = {}) {
  const port = await findFreePort();
  const program = run('brain', 'main.js', {
    PATH: process.env.PATH ?? '',
    ...makeSecrets(),
    CLICKHOUSE_URL: clickhouseUrl,
    CLICKHOUSE_DATABASE: database,
    EVENT_LOG_DIR: path.join(dir, randomUUID()),
    UASAM_URL: 'http://127.0.0.1:1',
    BRAIN_PORT: String(port),
    ...more,
  });
  running.push(program);
  const ready = () =>
    until(async () => {
      const status = await fetch(`http://127.0.0.1:${port}/readyz`)
        .then((answer) => answer.status)
        .catch(() => 0);
      return status === 200 ? true : null;
    });
  return { ...program, ready };
}

test('Brain waits for a ClickHouse that is not up, says so, and is ready once it is', async () => {
  const proxy = await startProxy(() => 'cut');
  const brain = await startBrain({ CLICKHOUSE_URL: proxy.url });
  await brain.says('ClickHouse does not answer yet');
  proxy.decide = () => 'pass';
  await brain.ready();
  expect(await versions()).toBe(known.join());
  await proxy.stop();
});

test('two Brains that start at once on an empty ClickHouse are both ready, and every migration was run', async () => {
  const brains = await Promise.all([startBrain(), startBrain()]);
  // The lock is gone before this is said, and may not be yet when /readyz is green.
  await Promise.all(
    brains.map((brain) => brain.says('the event store has the schema that this version needs')),
  );
  await Promise.all(brains.map((brain) => brain.ready()));
  expect(await versions()).toBe(known.join());
  expect(await ask(`EXISTS TABLE ${database}.schema_migration_lock`)).toBe('0');
});

test('a Brain that is killed in the middle of a migration is followed by one that finishes it', async () => {
  const proxy = await startProxy((body) =>
    /CREATE TABLE IF NOT EXISTS event_ids/.test(body) ? 'swallow' : 'pass',
  );
  const cut = await startBrain({ CLICKHOUSE_URL: proxy.url });
  await proxy.swallowed;
  cut.signal('SIGKILL');
  expect(await cut.ended).toBeNull();
  await proxy.stop();
  expect(await versions()).toBe('1,2,3');
  expect(await ask(`EXISTS TABLE ${database}.event_ids`)).toBe('1');
  expect(await ask(`EXISTS TABLE ${database}.schema_migration_lock`)).toBe('1');

  const next = await startBrain();
  await next.says('the event store has the schema that this version needs');
  await next.ready();
  expect(await versions()).toBe(known.join());
  expect(await ask(`EXISTS TABLE ${database}.schema_migration_lock`)).toBe('0');
});

describe('a ClickHouse with the schema of a later version', () => {
  const refusal =
    `ClickHouse's schema is newer than this version knows (migration 9999, known up to ${known.length}): ` +
    'run the version that made it, or a later one\n';
  beforeEach(async () => {
    const env = { CLICKHOUSE_URL: clickhouseUrl, CLICKHOUSE_DATABASE: database };
    expect(await run('brain', 'bin/migrate.js', env).ended).toBe(0);
    await ask(`INSERT INTO ${database}.schema_migrations (version, name) VALUES (9999, 'later')`);
  });

  test.each(['1', '3'])('is refused by %s workers in one line with code 1', async (workers) => {
    const brain = await startBrain({ WEB_CONCURRENCY: workers, LOG_LEVEL: 'silent' });
    expect(await brain.ended).toBe(1);
    expect(brain.output()).toBe(`Brain cannot run: ${refusal}`);
  });

  test('is refused by the migration job with code 1, and not touched', async () => {
    const before = await ask(`SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`);
    const job = run('brain', 'bin/migrate.js', {
      CLICKHOUSE_URL: clickhouseUrl,
      CLICKHOUSE_DATABASE: database,
    });
    expect(await job.ended).toBe(1);
    expect(job.output()).toBe(`ClickHouse was not migrated: ${refusal}`);
    expect(await ask(`SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`)).toBe(
      before,
    );
  });
});

/** What becomes of a request: it is done, it is cut, or it is done and nobody hears of it. */
type Decision = 'pass' | 'cut' | 'swallow';

async function startProxy(decide: (body: string) => Decision) {
  let heard: () => void = () => undefined;
  const swallowed = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const way = { decide, swallowed };
  const server = await startLocalServer(async (req, res) => {
    const body = await buffer(req);
    const decision = way.decide(body.toString());
    if (decision === 'cut') return void req.socket.destroy();
    const target = new URL(req.url ?? '/', clickhouseUrl);
    const onward = http.request(target, { method: req.method, headers: req.headers }, (answer) => {
      if (decision === 'pass') {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      } else answer.resume().once('end', heard);
    });
    onward.on('error', () => req.socket.destroy());
    onward.end(body);
  });
  return Object.assign(way, server);
}
