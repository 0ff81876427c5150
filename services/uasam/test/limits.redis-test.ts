import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedisServer } from '../../../test/redis-server';
import { loginFrom } from './support/login-client';
import { startTestService, type TestService } from './support/service';
import { createUser, paths, type TestUser, userHeaders } from './support/tenant';

const requestsMax = 150;
const wrong = 'not the password';

let redis: RedisServer;
let services: [TestService, TestService];

beforeAll(async () => {
  redis = await startRedisServer();
  const environment = { REDIS_URL: redis.url, REQUESTS_PER_CREDENTIAL_PER_MINUTE: String(requestsMax) };
  services = [await startTestService(environment), await startTestService(environment)];
});
beforeEach(() => untilShared());
afterAll(async () => {
  for (const service of services) await service.close();
  await redis.kill();
});

async function untilShared(): Promise<void> {
  const [one, two] = [services[0].deps.limits.counters, services[1].deps.limits.counters];
  const stamp = Math.floor(Math.random() * 1e9);
  for (;;) {
    await one.set('stamp', stamp, 60);
    const isShared = (await two.find('stamp'))?.value === stamp;
    if (isShared) return;
    await sleep(20);
  }
}

const ask = (service: TestService, user: TestUser) => service.http.post(paths.user).set(userHeaders(user));
const remainingAt = async (service: TestService, user: TestUser): Promise<number> =>
  Number((await ask(service, user)).headers['ratelimit-remaining']);

test('requests at one process count at the other', async () => {
  const [one, two] = services;
  const user = await createUser(one);
  for (let times = 0; times < 60; times++) await ask(one, user).expect(200);
  // Each look is a request too; without sharing none of them would find as few left.
  for (let looks = 1; looks < 80; looks++) {
    if ((await remainingAt(two, user)) <= requestsMax - 60 - looks) return;
    await sleep(20);
  }
  throw new Error('the second process does not know of the requests at the first');
});

test('tries at a password count at all processes, and a known address is known to all', async () => {
  const [one, two] = services;
  const { email, password } = await createUser(one);
  const source = { localAddress: '127.0.0.2' };
  const tries = Array.from({ length: 40 }, (_, at) =>
    loginFrom(services[at % 2] as TestService, source, { email, password: wrong }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(35);
  const refused = await loginFrom(two, source, { email, password });
  if (refused.status === 429) await sleep(refused.retryAfter * 1000);
  expect((await loginFrom(two, source, { email, password })).status).toBe(200);
  expect((await loginFrom(one, source, { email, password })).status).toBe(200);
});

test('when Redis dies under load no request fails, limits go on, and are shared again when it is back', async () => {
  const [one, two] = services;
  const user = await createUser(one);
  const guesser = { localAddress: '127.0.0.3' };
  const statuses: number[] = [];
  let isOver = false;
  const load = services.map(async (service) => {
    while (!isOver) {
      statuses.push((await service.http.post(paths.user)).status);
      statuses.push((await loginFrom(service, guesser, { email: user.email, password: wrong })).status);
    }
  });
  const untilMore = async (count: number) => {
    const wanted = statuses.length + count;
    while (statuses.length < wanted) await sleep(10);
  };
  await untilMore(50);
  await redis.kill();
  await untilMore(200);
  const elsewhere = { localAddress: '127.0.0.4' };
  expect((await loginFrom(two, elsewhere, user)).status).toBe(200);
  for (let times = 0; times < requestsMax; times++) await ask(one, user);
  expect((await ask(one, user)).status).toBe(429);
  await redis.start();
  await untilShared();
  await untilMore(50);
  isOver = true;
  await Promise.all(load);
  // 400: no token; 401: a password was checked; 429: it was not.
  expect([...new Set(statuses)].sort()).toEqual([400, 401, 429]);
});
