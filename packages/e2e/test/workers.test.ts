import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServiceProcess, startService } from '@otas/stack';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
let logDir: string;
let brain: ServiceProcess;

beforeAll(async () => {
  services = await startServices();
  logDir = await mkdtemp(path.join(tmpdir(), 'otas-workers-'));
});
afterAll(async () => {
  await services.stop();
  await rm(logDir, { recursive: true, force: true });
});
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const start = (env: Record<string, string>) =>
  startService({ name: 'brain', host: '127.0.0.1', env: { ...services.env, EVENT_LOG_DIR: logDir, ...env } });
const log = (): Promise<Answer> =>
  send('POST', `${brain.url}/api/v1/backend/log/agent/`, tenant.agent, minimalEvent(tenant));
const logMany = async (count: number) => {
  const answers = await Promise.all(Array.from({ length: count }, log));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
};

test('several workers share one port, lose nothing, and stop in order', async () => {
  brain = await start({ WEB_CONCURRENCY: '3' });
  await logMany(60);
  await brain.stop();
  expect((await brain.exited).code).toBe(0);
  expect(await readSession(services, tenant)).toHaveLength(60);
});

test('what workers that are no more left in their logs is delivered by those that are', async () => {
  brain = await start({ WEB_CONCURRENCY: '3', CLICKHOUSE_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'silent' });
  await logMany(60);
  await brain.kill();
  expect(await readSession(services, tenant)).toEqual([]);
  brain = await start({ WEB_CONCURRENCY: '1' });
  const deadlineMs = Date.now() + 20_000;
  while ((await readSession(services, tenant)).length < 60 && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await readSession(services, tenant)).toHaveLength(60);
  await brain.stop();
});

test('one id that two instances are sent at the same moment with different times is one event', async () => {
  // Long enough for a slow machine: an answer that does not wait for ClickHouse says nothing of what is read next.
  const env = { CAPTURE_VISIBLE_WAIT_MS: '30000' };
  const dirs = ['one', 'two'].map((name) => path.join(logDir, name));
  const brains = await Promise.all(dirs.map((dir) => start({ ...env, EVENT_LOG_DIR: dir })));
  try {
    for (let round = 0; round < 15; round++) {
      const event_id = randomUUID();
      const answers = await Promise.all(
        brains.map(({ url }, at) => {
          const event_time = new Date(Date.now() - at * 60_000).toISOString();
          const event = { ...minimalEvent(tenant), event_id, event_time };
          return send('POST', `${url}/api/v1/backend/log/agent/`, tenant.agent, event);
        }),
      );
      expect(answers.map(({ status, body }) => [status, body.response.visible])).toEqual([
        [201, true],
        [201, true],
      ]);
      expect(await readSession(services, tenant)).toHaveLength(round + 1);
    }
  } finally {
    await Promise.all(brains.map((one) => one.stop()));
  }
});
