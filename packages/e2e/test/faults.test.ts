import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProblems } from './faults/find-problems';
import { Load, type LoadOptions } from './faults/load';
import type { Part } from './faults/part';
import { between, oneOf, type Random, seededRandom } from './faults/random';
import { scale, seed, testTimeoutMs } from './faults/scale';
import type { SentEvent } from './faults/sent-event';
import { World } from './faults/world';
import { send } from './support/http';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

jest.setTimeout(testTimeoutMs);

let world: World;
let random: Random;
let tenant: Tenant;
let ledger: SentEvent[];

beforeAll(async () => {
  world = await World.start(seededRandom(seed));
});
beforeEach(async () => {
  random = seededRandom(seed);
  tenant = await makeTenant(world);
  ledger = [];
});
afterEach(() => world.recover());
afterAll(() => world.stop());

const load = (targets: readonly Part[], more: Partial<LoadOptions> = {}): Load =>
  new Load({ tenant, targets, eventsPerSecond: scale.eventsPerSecond, ledger, random, ...more });
const aMoment = (leastMs: number, mostMs: number) => sleep(between(random, leastMs, mostMs));

/** Everything that was sent to these Brains is there as it must be. */
async function expectAll(brains: readonly Part[], clocksApartMs?: number): Promise<void> {
  const problems = await findProblems(brains, tenant, ledger, clocksApartMs);
  expect({ seed, problems }).toEqual({ seed, problems: [] });
  expect(ledger.filter((event) => event.takenAtMs !== null).length).toBeGreaterThan(20);
}

/** Runs a load while `fault` happens. */
async function under(running: Load, fault: () => Promise<unknown>): Promise<Load> {
  try {
    await aMoment(100, 600);
    await fault();
    await aMoment(100, 300);
  } finally {
    await running.finish();
  }
  return running;
}

/** Kills a part at once and starts it again after a moment. */
async function crash(part: Part, awayMs: number): Promise<void> {
  await part.kill();
  await sleep(awayMs);
  await part.restart();
}

test.each([
  ['', {}],
  [' for the disk alone', { CAPTURE_VISIBLE_WAIT_MS: '0' }],
])('Brain killed: every event that got a 201%s is there, once and in order', async (_for, env) => {
  const brain = await world.startBrain(random, env);
  for (let round = 0; round < scale.brainKills; round++) {
    await under(load([brain]), () => crash(brain, between(random, 0, 200)));
    await expectAll([brain]);
  }
});

test('ClickHouse killed: every event gets a 201 all the same', async () => {
  const brain = await world.startBrain(random);
  for (let round = 0; round < scale.clickhouseKills; round++) {
    const running = await under(load([brain]), () => crash(world.clickhouse, between(random, 0, 500)));
    expect(running.faults()).toEqual([]);
    await expectAll([brain]);
  }
});

test('ClickHouse away for longer, at a high rate: every event gets a 201, and is there afterwards', async () => {
  const brain = await world.startBrain(random);
  const { eventsPerSecond, awayMs } = scale.outage;
  const running = load([brain], { eventsPerSecond });
  await under(running, () => crash(world.clickhouse, awayMs));
  expect(running.faults()).toEqual([]);
  expect(ledger.length).toBeGreaterThan((eventsPerSecond * awayMs) / 1000);
  await expectAll([brain]);
});

test('ClickHouse accepts connections and answers late: no event waits for it for long, and none is there twice', async () => {
  const brain = await world.startBrain(random, { CLICKHOUSE_TIMEOUT_MS: '1000' });
  for (let round = 0; round < scale.freezes; round++) {
    const running = await under(load([brain]), async () => {
      world.clickhouse.freeze();
      await aMoment(2000, 2500);
      world.clickhouse.thaw();
    });
    expect(running.faults()).toEqual([]);
    expect(running.slowestMs).toBeLessThan(3000);
    await expectAll([brain]);
  }
});

test('UASAM and Postgres down for longer than a key is trusted: known keys go on, unknown ones get 503', async () => {
  const brain = await world.startBrain(random);
  const unknown = await makeTenant(world);
  const log = async () => {
    const url = `${brain.url}/api/v1/backend/log/agent/`;
    return (await send('POST', url, unknown.agent, minimalEvent(unknown))).status;
  };
  const running = await under(load([brain]), async () => {
    await world.postgres.kill();
    await aMoment(200, 1000);
    expect(await log()).toBe(503);
    await Promise.all([world.uasam.kill(), sleep(scale.authAwayMs)]);
    expect(await log()).toBe(503);
    await world.postgres.restart();
    await world.uasam.restart();
    expect(await log()).toBe(201);
  });
  expect(running.faults()).toEqual([]);
  await expectAll([brain]);
});

test('the log full: whole requests get 503 with Retry-After, also after a crash, and are taken again once it is drained', async () => {
  const brain = await world.startBrain(random, { EVENT_LOG_MAX_BYTES: String(2 ** 20) });
  const full = '503 event_log_full';
  const until = async (running: Load, answer: string) => {
    const before = running.answers.get(answer) ?? 0;
    for (let waited = 0; (running.answers.get(answer) ?? 0) < before + 3; waited++) {
      expect(waited).toBeLessThan(1000);
      await sleep(20);
    }
  };
  for (let round = 0; round < scale.quotas; round++) {
    const running = load([brain], { eventsPerSecond: 1000, batch: 25 });
    await under(running, async () => {
      await world.clickhouse.kill();
      await until(running, full);
      await crash(brain, 0);
      await until(running, full);
      await world.clickhouse.restart();
      await until(running, '201 events_captured');
    });
    expect(running.faults(full)).toEqual([]);
    await expectAll([brain]);
  }
});

describe('two Brains that are sent the same events at the same moment', () => {
  test('store each of them once', async () => {
    const brains = [await world.startBrain(random), await world.startBrain(random)];
    for (let round = 0; round < scale.pairs; round++) {
      await under(load(brains, { namings: ['unnamed', 'untimed', 'untimed', 'timed'] }), () => sleep(1000));
      await expectAll(brains, 2);
    }
  });

  test('store each of them once, also when one of the two is killed', async () => {
    const brains = [await world.startBrain(random), await world.startBrain(random)];
    for (let round = 0; round < scale.pairKills; round++) {
      await under(load(brains, { namings: ['untimed', 'untimed', 'timed'] }), () =>
        crash(oneOf(random, brains), between(random, 0, 200)),
      );
      await expectAll(brains, Number.POSITIVE_INFINITY);
    }
  });
});

test('Brain stopped, with ClickHouse up or away: it ends by itself with code 0, and nothing is lost', async () => {
  const brain = await world.startBrain(random);
  for (let round = 0; round < scale.stops; round++) {
    const isAway = round % 2 === 0;
    const running = await under(load([brain]), async () => {
      if (isAway) await world.clickhouse.kill();
      await aMoment(0, 300);
      expect(await brain.stop()).toBe(0);
      await brain.restart();
      if (isAway) await world.clickhouse.restart();
    });
    expect(running.faults()).toEqual([]);
    await expectAll([brain]);
  }
});

describe("the machine's clock is set back", () => {
  const startWithClock = async () => {
    const file = world.file('clock');
    await writeFile(file, '0');
    const brain = await world.startBrain(random, {
      NODE_OPTIONS: `--require "${path.join(__dirname, 'faults/step-clock.cjs')}"`,
      FAULTS_CLOCK_FILE: file,
    });
    return { brain, shift: (ms: number) => writeFile(file, String(ms)) };
  };

  test('under load, in steps: the events keep the order in which they came', async () => {
    const { brain, shift } = await startWithClock();
    const running = await under(load([brain]), async () => {
      for (const stepMs of [-1, -50, -1000, -300_000, 0, -2000, 500, 0]) {
        await shift(stepMs);
        await aMoment(100, 300);
      }
    });
    expect(running.faults()).toEqual([]);
    await expectAll([brain]);
  });

  test('while Brain is down: the events keep the order in which they came', async () => {
    const { brain, shift } = await startWithClock();
    await under(load([brain]), async () => {
      await brain.kill();
      await shift(-300_000);
      await brain.restart();
    });
    await expectAll([brain]);
  });
});

test('everything killed at random: what got a 201 is there, once and in order', async () => {
  const brain = await world.startBrain(random);
  for (let round = 0; round < scale.storms; round++) {
    await under(load([brain]), () =>
      Promise.all(
        [brain, world.clickhouse, world.uasam, world.postgres].map(async (part) => {
          await aMoment(0, 800);
          await crash(part, between(random, 0, 600));
        }),
      ),
    );
    await expectAll([brain]);
  }
});
