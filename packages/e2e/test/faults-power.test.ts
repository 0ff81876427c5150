import { cp, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../test/find-free-port';
import { findProblems } from './faults/find-problems';
import { Load } from './faults/load';
import type { Part } from './faults/part';
import { type Random, seededRandom } from './faults/random';
import { scale, seed, testTimeoutMs } from './faults/scale';
import type { SentEvent } from './faults/sent-event';
import { World } from './faults/world';
import { send } from './support/http';
import { scrape, until } from './support/metrics';
import { makeTenant, type Tenant } from './support/tenant';

jest.setTimeout(testTimeoutMs);

// What a system has not yet written to its disk is lost with its machine. Here that is everything since a copy was made.

let world: World;
let random: Random;
let tenant: Tenant;
let ledger: SentEvent[];
let onDisk: string;
let files: string;

beforeAll(async () => {
  world = await World.start(seededRandom(seed));
  [files, onDisk] = [world.file('clickhouse'), world.file('clickhouse-on-disk')];
});
beforeEach(async () => {
  random = seededRandom(seed);
  tenant = await makeTenant(world);
  ledger = [];
});
afterEach(() => world.recover());
afterAll(() => world.stop());

async function takeIn(brain: Part): Promise<void> {
  const running = new Load({
    ...{ tenant, targets: [brain], eventsPerSecond: scale.eventsPerSecond },
    ...{ ledger, random },
  });
  await sleep(1500);
  await running.finish();
  expect(running.faults()).toEqual([]);
}

/** From here on ClickHouse's machine does not come to write anything to its disk. */
async function copyDisk(): Promise<void> {
  await world.clickhouse.kill();
  await rm(onDisk, { recursive: true, force: true });
  await cp(files, onDisk, { recursive: true });
  await world.clickhouse.restart();
}

/** Brings back what is on the disk; ClickHouse is down. */
async function loseMemory(): Promise<void> {
  await rm(files, { recursive: true });
  await rename(onDisk, files);
}

const countsOf = async (brain: Part): Promise<Record<string, number>> =>
  (await send('GET', `${brain.url}/api/v1/project/capture/`, tenant.reader)).body.response ?? {};

async function untilStored(brain: Part, count: number): Promise<void> {
  while ((await countsOf(brain)).stored !== count) await sleep(100);
}

async function expectAll(brain: Part): Promise<void> {
  await untilStored(brain, ledger.length);
  expect({ seed, problems: await findProblems([brain], tenant, ledger) }).toEqual({ seed, problems: [] });
  expect(ledger.filter((event) => event.takenAtMs !== null).length).toBeGreaterThan(100);
}

test('the machine of ClickHouse loses its power: what it had taken is there again, once, and is counted once', async () => {
  const brain = await world.startBrain(random);
  for (let round = 0; round < scale.powerFailures; round++) {
    await takeIn(brain);
    await untilStored(brain, ledger.length);
    await copyDisk();
    await takeIn(brain);
    await untilStored(brain, ledger.length);
    await world.clickhouse.kill();
    await loseMemory();
    await world.clickhouse.restart();
    await expectAll(brain);
  }
});

test('the machine of both loses its power: what was answered with 201 is there again after the start', async () => {
  const brain = await world.startBrain(random);
  for (let round = 0; round < scale.powerFailures; round++) {
    await takeIn(brain);
    await copyDisk();
    await takeIn(brain);
    await untilStored(brain, ledger.length);
    await Promise.all([brain.kill(), world.clickhouse.kill()]);
    await loseMemory();
    await Promise.all([world.clickhouse.restart(), brain.restart()]);
    await expectAll(brain);
  }
});

test('what ClickHouse has had for long enough leaves the log', async () => {
  const port = await findFreePort();
  const brain = await world.startBrain(random, {
    EVENT_LOG_KEEP_SECONDS: '1',
    BRAIN_METRICS_PORT: String(port),
  });
  const bytesInLog = async () => (await scrape(port)).sum('otas_event_log_bytes');
  await takeIn(brain);
  await untilStored(brain, ledger.length);
  expect(await bytesInLog()).toBeGreaterThan(0);
  await until(async () => ((await bytesInLog()) === 0 ? true : null));
  expect((await countsOf(brain)).stored).toBe(ledger.length);
});

test('without keeping, what ClickHouse lost is lost: the other tests would notice', async () => {
  const brain = await world.startBrain(random, { EVENT_LOG_KEEP_SECONDS: '0' });
  await copyDisk();
  await takeIn(brain);
  await untilStored(brain, ledger.length);
  // The log is told with the next transaction, or soon.
  await sleep(500);
  await Promise.all([brain.kill(), world.clickhouse.kill()]);
  await loseMemory();
  await Promise.all([world.clickhouse.restart(), brain.restart()]);
  await sleep(2000);
  expect(await countsOf(brain)).toMatchObject({ stored: 0, waiting: 0 });
});
