import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServiceProcess, startService } from '@otas/stack';
import { uuidv7 } from 'uuidv7';
import { send } from './support/http';
import { until } from './support/metrics';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { startUasamProxy } from './support/uasam-proxy';

let services: Services;
let tenant: Tenant;
let logDir: string;
let brain: ServiceProcess;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
  logDir = await mkdtemp(path.join(tmpdir(), 'otas-life-'));
});
afterEach(async () => {
  await brain.kill();
  await rm(logDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

const start = async (more: Record<string, string>) => {
  const env = { ...services.env, LOG_LEVEL: 'silent', EVENT_LOG_DIR: logDir, ...more };
  brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  await untilReady(200);
};
const untilReady = (status: number) =>
  until(async () => ((await send('GET', `${brain.url}/readyz`)).status === status ? true : null));
const log = (eventId = uuidv7()) =>
  send('POST', `${brain.url}/api/v1/backend/log/agent/`, tenant.agent, {
    ...minimalEvent(tenant),
    event_id: eventId,
  });
const storedIds = async () => (await readSession(services, tenant)).map((event) => event.event_id as string);
const terminate = () => process.kill(brain.pid, 'SIGTERM');

test('after SIGTERM /readyz is red while events are still taken in, and answers end their connections; then Brain ends with code 0', async () => {
  await start({ SHUTDOWN_DELAY_MS: '4000' });
  expect((await log()).headers.get('connection')).toBe('keep-alive');
  terminate();
  await untilReady(503);
  const answer = await log();
  expect([answer.status, answer.body.response.visible]).toEqual([201, true]);
  expect(answer.headers.get('connection')).toBe('close');
  expect(await brain.exited).toEqual({ code: 0, signal: null });
  expect(await storedIds()).toHaveLength(2);
  await expect(send('GET', `${brain.url}/healthz`)).rejects.toThrow();
});

test.each(['1', '2'])(
  'SIGTERM under load on %s workers: nobody gets an error for an answer, and what was answered with 201 is stored',
  async (workers) => {
    await start({ WEB_CONCURRENCY: workers });
    const accepted: string[] = [];
    const faults: string[] = [];
    let isStopping = false;
    const client = async (): Promise<void> => {
      for (;;) {
        const eventId = uuidv7();
        try {
          const { status } = await log(eventId);
          if (status === 201) accepted.push(eventId);
          else faults.push(String(status));
        } catch (error) {
          // A connection that is closed because it was idle, and the port that is closed after it, are the end of it.
          const { code = '' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
          if (!isStopping || !['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(code))
            faults.push(code);
          return;
        }
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await until(async () => (accepted.length > 50 ? true : null));
    isStopping = true;
    terminate();
    await Promise.all(clients);
    expect((await brain.exited).code).toBe(0);
    expect(faults).toEqual([]);
    expect(await storedIds()).toEqual(expect.arrayContaining(accepted));
  },
);

test('a stop that ClickHouse holds up is forced in time with code 1, and the next start delivers what was left', async () => {
  const clickhouse = await startUasamProxy();
  clickhouse.target = process.env.TEST_CLICKHOUSE_URL as string;
  const env = { CLICKHOUSE_URL: clickhouse.url, CAPTURE_VISIBLE_WAIT_MS: '0' };
  try {
    await start({ ...env, SHUTDOWN_TIMEOUT_MS: '2000' });
    // Whoever asks from now on gets no answer.
    clickhouse.hangs = true;
    const eventId = uuidv7();
    expect((await log(eventId)).status).toBe(201);
    terminate();
    expect(await brain.exited).toEqual({ code: 1, signal: null });
    expect(await storedIds()).toEqual([]);

    clickhouse.hangs = false;
    await start(env);
    await until(async () => ((await storedIds()).length > 0 ? true : null));
    expect(await storedIds()).toEqual([eventId]);
  } finally {
    await brain.kill();
    await clickhouse.stop();
  }
});
