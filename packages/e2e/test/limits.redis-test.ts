import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedisServer } from '../../../test/redis-server';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

const requestsMax = 150;

let redis: RedisServer;
let services: Services;

beforeAll(async () => {
  redis = await startRedisServer();
  services = await startServices({
    REDIS_URL: redis.url,
    REQUESTS_PER_CREDENTIAL_PER_MINUTE: String(requestsMax),
    WEB_CONCURRENCY: '2',
    LOG_LEVEL: 'silent',
  });
});
afterAll(async () => {
  await services.stop();
  await redis.kill();
});

/** Captures an event over a connection of its own, which the workers get by turns; gives status and what remains. */
function capture(tenant: Tenant): Promise<{ status: number; remaining: number }> {
  return new Promise((resolve, reject) => {
    const url = `${services.brain.url}/api/v1/backend/log/sdk/`;
    const req = http.request(url, { method: 'POST', agent: false, headers: tenant.backEnd }, (res) => {
      const remaining = Number(res.headers['ratelimit-remaining']);
      res.resume().on('end', () => resolve({ status: res.statusCode ?? 0, remaining }));
    });
    req.on('error', reject);
    req.end(JSON.stringify(minimalEvent(tenant)));
  });
}

/** Waits until each worker knows of requests at the other. */
async function untilShared(): Promise<void> {
  for (;;) {
    const tenant = await makeTenant(services);
    // What the other one has counted comes back with what a worker tells, ten times a second.
    for (let rounds = 0; rounds < 2; rounds++) {
      for (let times = 0; times < 10; times++) await capture(tenant);
      await sleep(250);
    }
    const last = [await capture(tenant), await capture(tenant)];
    // Alone, each would have counted 11.
    if (last.every(({ remaining }) => remaining <= requestsMax - 15)) return;
  }
}

test('workers with a Redis share the limit of a key', async () => {
  await untilShared();
  const tenant = await makeTenant(services);
  let taken = 0;
  while ((await capture(tenant)).status === 201) taken++;
  expect(taken).toBeGreaterThan(requestsMax / 2);
  // Alone, the two would have taken twice as many before the first of them refused one.
  expect(taken).toBeLessThan(requestsMax * 1.5);
});

test('Redis dies while events come in: each is taken, and the limit goes on', async () => {
  const tenant = await makeTenant(services);
  const statuses: number[] = [];
  const captureMany = async (count: number) => {
    for (let times = 0; times < count; times++) statuses.push((await capture(tenant)).status);
  };
  await captureMany(40);
  await redis.kill();
  await captureMany(40);
  await redis.start();
  await untilShared();
  await captureMany(40);
  expect(statuses).toEqual(Array(120).fill(201));
  expect(await readSession(services, tenant)).toHaveLength(120);
});
