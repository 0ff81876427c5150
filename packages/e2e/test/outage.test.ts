import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';
import { type ServiceProcess, startService } from '@otas/stack';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let dir: string;
let postgres: EngineProcess;
let clickhouse: EngineProcess;
let services: Services;
let uasam: ServiceProcess;
let tenant: Tenant;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-outage-'));
  [postgres, clickhouse] = await Promise.all([
    startPostgres({ dir: await emptyPostgresDir(path.join(dir, 'postgres')) }),
    startClickHouse({ dir: path.join(dir, 'clickhouse') }),
  ]);
  services = await startServices({
    DATABASE_URL: postgres.url,
    CLICKHOUSE_URL: clickhouse.url,
    UASAM_TIMEOUT_MS: '1500',
    CLICKHOUSE_TIMEOUT_MS: '1000',
    LOG_LEVEL: 'silent',
  });
  uasam = services.uasam;
});
beforeEach(async () => {
  tenant = await makeTenant({ uasam });
  expect((await log()).status).toBe(201);
});
afterAll(async () => {
  await services.brain.stop();
  await uasam.stop();
  await Promise.all([postgres.stop(), clickhouse.stop()]);
  await rm(dir, { recursive: true, force: true });
});

const log = (who: Tenant = tenant): Promise<Answer> =>
  send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, who.agent, minimalEvent(who));
const read = () => {
  const url = `${services.brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}`;
  return send('GET', url, tenant.reader);
};
const ready = async (service: ServiceProcess) => (await send('GET', `${service.url}/readyz`)).status;
const portOf = (url: string) => Number(new URL(url).port);

function expectUnavailable(answer: Answer, description: string): void {
  expect([answer.status, answer.body.status_description]).toEqual([503, description]);
  expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
}

/** Accepts connections on a port and never answers. */
async function listenSilently(port: number): Promise<{ stop(): Promise<unknown> }> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function untilStatus(status: number, ask: () => Promise<number>): Promise<void> {
  const deadlineMs = Date.now() + 15_000;
  for (;;) {
    const seen = await ask();
    if (seen === status || Date.now() > deadlineMs) return expect(seen).toBe(status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('UASAM killed: known keys go on writing, unknown ones get 503, and all is well once it is back', async () => {
  const unknown = await makeTenant({ uasam });
  const port = String(portOf(uasam.url));
  await uasam.kill();
  expect((await log()).status).toBe(201);
  expectUnavailable(await log(unknown), 'auth_service_error');
  const silent = await listenSilently(Number(port));
  expectUnavailable(await log(unknown), 'auth_service_timeout');
  expect((await log()).status).toBe(201);
  await silent.stop();
  uasam = await startService({
    name: 'uasam',
    host: '127.0.0.1',
    env: { ...services.env, UASAM_PORT: port },
  });
  await untilStatus(201, async () => (await log(unknown)).status);
  expect(await readSession(services, tenant)).toHaveLength(3);
});

test('ClickHouse killed: events are taken in and visible as soon as it is back, reads get 503, /readyz says so', async () => {
  const port = portOf(clickhouse.url);
  expect(await ready(services.brain)).toBe(200);
  expect((await read()).status).toBe(200);
  await clickhouse.kill();
  const taken = [await log(), await log()];
  expect(taken.map((answer) => [answer.status, answer.body.response.visible])).toEqual(
    Array(2).fill([201, false]),
  );
  expectUnavailable(await read(), 'event_store_unavailable');
  const notReady = await send('GET', `${services.brain.url}/readyz`);
  expect([notReady.status, notReady.body.checks]).toEqual([503, { clickhouse: 'failed' }]);
  expect((await send('GET', `${services.brain.url}/healthz`)).status).toBe(200);
  const silent = await listenSilently(port);
  expect((await log()).body.response.visible).toBe(false);
  await silent.stop();
  clickhouse = await startClickHouse({ dir: path.join(dir, 'clickhouse'), port });
  await untilStatus(200, () => ready(services.brain));
  await untilStatus(4, async () => (await readSession(services, tenant)).length);
  expect((await log()).body.response.visible).toBe(true);
  expect(await readSession(services, tenant)).toHaveLength(5);
});

test('Brain killed while ClickHouse is away: every event that got a 201 is there once both are back, exactly once', async () => {
  const port = portOf(clickhouse.url);
  await clickhouse.kill();
  const answers = await Promise.all(Array.from({ length: 20 }, () => log()));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
  await services.brain.kill();
  const env = { ...services.env, BRAIN_PORT: String(portOf(services.brain.url)) };
  const starting = startService({ name: 'brain', host: '127.0.0.1', env });
  services = { ...services, brain: await starting };
  expect((await log()).body.response.visible).toBe(false);
  clickhouse = await startClickHouse({ dir: path.join(dir, 'clickhouse'), port });
  await untilStatus(200, () => ready(services.brain));
  await untilStatus(22, async () => (await readSession(services, tenant)).length);
  const ids = (await readSession(services, tenant)).map((event) => event.event_id);
  expect(new Set(ids).size).toBe(22);
  for (const answer of answers) expect(ids).toContain(answer.body.response.event_id);
});

test('Postgres killed: UASAM answers 503, capture with known keys goes on, and all is well once it is back', async () => {
  const port = portOf(postgres.url);
  await postgres.kill();
  const login = await send(
    'POST',
    `${uasam.url}/api/user/v1/login/`,
    {},
    { email: 'a@b.c', password: 'password' },
  );
  expectUnavailable(login, 'database_unavailable');
  expect(await ready(uasam)).toBe(503);
  expect((await log()).status).toBe(201);
  postgres = await startPostgres({ dir: path.join(dir, 'postgres'), port });
  await untilStatus(200, () => ready(uasam));
  await untilStatus(201, async () => (await log()).status);
  const again = await makeTenant({ uasam });
  expect((await log(again)).status).toBe(201);
});

test('Brain stopped under load: every event that got a 201 is there, and no request is cut', async () => {
  const statuses: number[] = [];
  let isRunning = true;
  const clients = Array.from({ length: 8 }, async () => {
    while (isRunning) {
      try {
        statuses.push((await log()).status);
      } catch {
        // The listener is closed: a request that was never accepted.
        return;
      }
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 700));
  await services.brain.stop();
  isRunning = false;
  await Promise.all(clients);
  const env = { ...services.env, BRAIN_PORT: String(portOf(services.brain.url)) };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  services = { ...services, brain };
  expect(statuses.length).toBeGreaterThan(10);
  expect(new Set(statuses)).toEqual(new Set([201]));
  expect(await readSession(services, tenant)).toHaveLength(statuses.length + 1);
});
