import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../../test/find-free-port';
import { migrationsDir } from '../src/db/migrate';
import { createEmptyDatabase, type EmptyDatabase } from './support/empty-database';
import { startProcess } from './support/process';
import { testEnvironment } from './support/service';
import { StallingProxy } from './support/stalling-proxy';
import { newUserBody, paths } from './support/tenant';

let database: EmptyDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.empty());

const start = async (more: Record<string, string> = {}) => {
  const port = await findFreePort();
  const env = { ...testEnvironment, DATABASE_URL: database.url, UASAM_PORT: String(port), LOG_LEVEL: 'info' };
  return { ...startProcess({ ...env, ...more }), url: `http://127.0.0.1:${port}` };
};
const migrations = async () => (await readdir(migrationsDir)).filter((name) => /^\d{14}_/.test(name)).sort();
const applied = async () => {
  const rows = await database.query('SELECT migration_name AS name FROM _prisma_migrations ORDER BY name');
  return rows.map((row) => row.name);
};

test('after SIGTERM /readyz is red while requests are still answered, and answers end their connections; then it ends with code 0', async () => {
  const service = await start({ SHUTDOWN_DELAY_MS: '4000' });
  await service.waitFor('UASAM listens on');
  const before = await fetch(`${service.url}/readyz`);
  expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);
  service.signal('SIGTERM');
  await service.waitFor('"stopping"');
  const ready = await fetch(`${service.url}/readyz`, { headers: { Connection: 'close' } });
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status_description: 'not_ready', stopping: true });
  const body = JSON.stringify(newUserBody());
  const signUp = await fetch(`${service.url}${paths.signUp}`, { method: 'POST', body });
  expect([signUp.status, signUp.headers.get('connection')]).toEqual([200, 'close']);
  expect(await service.exited).toBe(0);
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
});

test('a delay that leaves no time for what is under way is refused', async () => {
  const service = await start({ SHUTDOWN_DELAY_MS: '15000' });
  expect(await service.exited).toBe(1);
  expect(service.output()).toContain('SHUTDOWN_DELAY_MS must be less than SHUTDOWN_TIMEOUT_MS');
});

test('three services that start at once on an empty database all serve, and each migration was run once', async () => {
  const services = await Promise.all([start(), start(), start()]);
  try {
    await Promise.all(services.map((service) => service.waitFor('UASAM listens on')));
    for (const { url } of services) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await applied()).toEqual(await migrations());
    const migrated = services.filter((service) => service.output().includes('the database was migrated'));
    expect(migrated).toHaveLength(1);
  } finally {
    for (const service of services) service.signal('SIGKILL');
    await Promise.all(services.map((service) => service.exited));
  }
});

test('a service that is killed in the middle of the migrations leaves nothing, and the next one runs all of them', async () => {
  const proxy = await StallingProxy.start(database.url, 'INSERT INTO "_prisma_migrations"', 2);
  const cut = await start({ DATABASE_URL: proxy.url });
  await proxy.stalled;
  cut.signal('SIGKILL');
  expect(await cut.exited).toBeNull();
  await proxy.stop();
  const tables = () => database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  for (let round = 0; round < 200 && (await tables()).length > 0; round++) await delay(50);
  expect(await tables()).toEqual([]);

  const next = await start();
  await next.waitFor('UASAM listens on');
  expect(await applied()).toEqual(await migrations());
  next.signal('SIGTERM');
  expect(await next.exited).toBe(0);
});

test('a database with the schema of a later version is refused in one line with code 1, and not touched', async () => {
  const first = await start();
  await first.waitFor('UASAM listens on');
  first.signal('SIGTERM');
  await first.exited;
  await database.query(
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ('later', 'x', now(), '29990101000000_later', 1)`,
  );
  const before = await applied();
  const service = await start();
  expect(await service.exited).toBe(1);
  expect(service.output()).toBe(
    'UASAM did not start: the schema of Postgres is newer than this version knows (29990101000000_later): ' +
      'run the version that made it, or a later one\n',
  );
  expect(await applied()).toEqual(before);
});
