import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../../test/redis-server';
import { createLimits, createLogger, type Limits } from '../src';

let redis: RedisServer;
const open: Limits[] = [];

beforeAll(async () => {
  redis = await startRedisServer();
});
afterEach(() => {
  for (const limits of open.splice(0)) limits.stop();
});
afterAll(() => redis.kill());

/** Limits of one process, and the lines that it logged. */
function limitsOf(service: string): { limits: Limits; log: string[] } {
  const log: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)).msg);
      done();
    },
  });
  const logger = createLogger('test', 'info', destination);
  const options = { redisUrl: redis.url, trustProxy: false, requestsPerAddress: 0, requestsPerCredential: 0 };
  const limits = createLimits({ ...options, service, logger });
  open.push(limits);
  return { limits, log };
}

/** Waits until both processes count together. */
async function untilShared(one: Limits, other: Limits): Promise<void> {
  const stamp = Math.floor(Math.random() * 1e9);
  for (;;) {
    await one.counters.set('stamp', stamp, 60);
    if ((await other.counters.find('stamp'))?.value === stamp) return;
    await sleep(20);
  }
}

test('numbers are those of all processes of a service, and not of another service', async () => {
  const [one, two, other] = [limitsOf('a').limits, limitsOf('a').limits, limitsOf('b').limits];
  await untilShared(one, two);
  expect(await one.counters.add('n', 2, 60)).toEqual({ value: 2, msLeft: expect.any(Number) });
  const count = await two.counters.add('n', 3, 10);
  expect(count.value).toBe(5);
  expect(count.msLeft).toBeGreaterThan(50_000);
  expect(await other.counters.find('n')).toBeNull();
  await two.counters.add('n', -1, 60);
  expect((await one.counters.find('n'))?.value).toBe(4);
  await two.counters.delete('n');
  expect(await one.counters.find('n')).toBeNull();
});

test('a number that lasts a month is kept as long', async () => {
  const { limits } = limitsOf('month');
  await untilShared(limits, limitsOf('month').limits);
  await limits.counters.set('known', 2 ** 32 - 1, 30 * 24 * 3600);
  const found = await limits.counters.find('known');
  expect(found?.value).toBe(2 ** 32 - 1);
  expect(found?.msLeft).toBeGreaterThan(29 * 24 * 3600 * 1000);
});

test('when Redis dies each process goes on by itself without a delay, and they count together when it is back', async () => {
  const [one, two] = [limitsOf('c'), limitsOf('c')];
  await untilShared(one.limits, two.limits);
  await one.limits.counters.add('n', 5, 60);
  await two.limits.counters.add('n', 1, 60);
  await redis.kill();
  // Each goes on from the last number that it saw.
  expect((await one.limits.counters.add('n', 1, 60)).value).toBe(6);
  expect((await two.limits.counters.add('n', 1, 60)).value).toBe(7);
  for (let times = 0; times < 1000; times++) await one.limits.counters.add('many', 1, 60);
  expect((await one.limits.counters.find('many'))?.value).toBe(1000);
  await redis.start();
  await untilShared(one.limits, two.limits);
  await untilShared(two.limits, one.limits);
  await one.limits.counters.add('n', 10, 60);
  expect((await two.limits.counters.add('n', 1, 60)).value).toBe(11);
  for (const { log } of [one, two]) {
    expect(log).toEqual([
      'Redis cannot be used: limits are those of this process alone',
      'Redis can be used again: limits are shared',
    ]);
  }
});

test('a Redis that hangs delays those who ask at that moment, and nobody after them', async () => {
  const [one, two] = [limitsOf('d'), limitsOf('d')];
  await untilShared(one.limits, two.limits);
  redis.freeze();
  try {
    const asked = Array.from({ length: 50 }, () => one.limits.counters.add('n', 1, 60));
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(asked.map((_, at) => at + 1));
    // Were each of these to wait for Redis, they would take longer than a test may.
    for (let times = 0; times < 1000; times++) await one.limits.counters.add('n', 1, 60);
  } finally {
    redis.thaw();
  }
  await untilShared(one.limits, two.limits);
  expect(one.log).toEqual([
    'Redis cannot be used: limits are those of this process alone',
    'Redis can be used again: limits are shared',
  ]);
});

test('a Redis that answers and does not write is away until it writes', async () => {
  const [one, two] = [limitsOf('e'), limitsOf('e')];
  await untilShared(one.limits, two.limits);
  const admin = new Redis(redis.url);
  try {
    await admin.replicaof('127.0.0.1', 1);
    for (let times = 1; times <= 10; times++) {
      expect((await one.limits.counters.add('n', 1, 60)).value).toBe(times);
    }
    await admin.replicaof('NO', 'ONE');
    await untilShared(one.limits, two.limits);
    expect(one.log).toEqual([
      'Redis cannot be used: limits are those of this process alone',
      'Redis can be used again: limits are shared',
    ]);
  } finally {
    admin.disconnect();
  }
});
