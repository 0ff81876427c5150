import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EngineProcess, startPostgres } from '@otas/embedded';
import { emptyPostgresDir } from '../../../test/postgres-template';

const root = path.join(__dirname, '..', '..', '..');
const clickhouseUrl = process.env.TEST_CLICKHOUSE_URL as string;
let dir: string;
let postgres: EngineProcess;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-migrate-'));
  postgres = await startPostgres({ dir: await emptyPostgresDir(path.join(dir, 'postgres')) });
});
afterAll(async () => {
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the last line of the log says was applied; null without such a line. */
  readonly applied: readonly string[] | null;
}

interface Job {
  readonly ended: Promise<Ended>;
  /** Resolves when it has said this. */
  says(text: string): Promise<void>;
}

/** Starts the migrations of a service as a job of their own, with this environment and nothing else. */
function startJob(service: 'uasam' | 'brain', env: Record<string, string>): Job {
  const script = path.join(root, 'services', service, 'dist', 'bin', 'migrate.js');
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      const lines = stdout.split('\n').filter((line) => line.includes('"applied"'));
      const applied = lines.length === 0 ? null : JSON.parse(lines.at(-1) as string).applied;
      resolve({ code, stdout, stderr, applied });
    });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  return { ended, says };
}

const newDatabase = () => `migrate_${randomUUID().replaceAll('-', '')}`;

test('of several jobs for Postgres at once one migrates, and all end well', async () => {
  const env = { DATABASE_URL: postgres.url };
  const jobs = await Promise.all([1, 2, 3].map(() => startJob('uasam', env).ended));
  expect(jobs.map((job) => job.code)).toEqual([0, 0, 0]);
  expect(jobs.filter((job) => job.applied?.length !== 0)).toHaveLength(1);
  expect(jobs.flatMap((job) => job.applied)).toContain('20261122000000_init');
});

test('jobs for ClickHouse at once all end well, and the next has nothing to do', async () => {
  const env = { CLICKHOUSE_URL: clickhouseUrl, CLICKHOUSE_DATABASE: newDatabase() };
  const jobs = await Promise.all([1, 2].map(() => startJob('brain', env).ended));
  expect(jobs.map((job) => job.code)).toEqual([0, 0]);
  expect(jobs.flatMap((job) => job.applied)).toContain('0001_backend_events.sql');
  expect((await startJob('brain', env).ended).applied).toEqual([]);
});

test('a job for ClickHouse takes the user who may migrate', async () => {
  const nowhere = 'http://127.0.0.1:1';
  const env = { CLICKHOUSE_URL: nowhere, CLICKHOUSE_MIGRATOR_URL: clickhouseUrl };
  const { code, applied } = await startJob('brain', { ...env, CLICKHOUSE_DATABASE: newDatabase() }).ended;
  expect(code).toBe(0);
  expect(applied).toContain('0001_backend_events.sql');
});

test('a job waits for a Postgres that is not up yet', async () => {
  const place = { dir: await emptyPostgresDir(path.join(dir, 'late')) };
  const first = await startPostgres(place);
  const port = Number(new URL(first.url).port);
  await first.stop();
  const job = startJob('uasam', { DATABASE_URL: first.url });
  await job.says('waiting for Postgres');
  const late = await startPostgres({ ...place, port });
  try {
    const { code, applied } = await job.ended;
    expect(code).toBe(0);
    expect(applied).toContain('20261122000000_init');
  } finally {
    await late.stop();
  }
});

test.each([
  ['uasam', 'DATABASE_URL is missing'],
  ['brain', 'CLICKHOUSE_URL is missing'],
] as const)('a job of %s without its settings ends with code 1 and says "%s"', async (service, words) => {
  const { code, stderr } = await startJob(service, {}).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(words);
});
