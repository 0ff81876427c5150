import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from './faults/part';
import { between, type Random, seededRandom } from './faults/random';
import { seed, testTimeoutMs } from './faults/scale';
import { World } from './faults/world';
import { agentEventClient } from './support/agent-event-client';
import { type Answer, send } from './support/http';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';
import { sessionPath } from './support/v2';

jest.setTimeout(testTimeoutMs);

let world: World;
let random: Random;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start(seededRandom(seed));
});
beforeEach(async () => {
  random = seededRandom(seed);
  tenant = await makeTenant(world);
});
afterEach(() => world.recover());
afterAll(() => world.stop());

const writerCount = 8;

/** What writers sent: `<writer> <number>`, in the order of each, and which of it got a 201. */
interface Sent {
  readonly texts: Set<string>;
  readonly taken: Set<string>;
}

async function post(brain: Part, path: string, body: unknown): Promise<Answer | null> {
  return send('POST', brain.url + path, tenant.agent, body).catch(() => null);
}

/** Events with ids go to all Brains at once, again and again until each answered 201; events without go to one, once. */
async function write(
  brains: readonly Part[],
  writer: number,
  sent: Sent,
  isOver: () => boolean,
): Promise<void> {
  const path = `/v2/agents${sessionPath(tenant)}/events`;
  for (let number = 0; !isOver(); number += 3) {
    const isNamed = between(random, 0, 1) === 1;
    const events = [0, 1, 2].map((at) => {
      const content = `${writer} ${number + at}`;
      sent.texts.add(content);
      return { type: 'thinking', content, ...(isNamed ? { id: `aev_${randomUUID()}` } : {}) };
    });
    const to = isNamed ? brains : [brains[number % brains.length] as Part];
    const answers = await Promise.all(
      to.map(async (brain) => {
        for (;;) {
          const answer = await post(brain, path, { events });
          if (answer?.status === 201 || !isNamed) return answer;
          if (answer !== null && answer.status < 500) throw new Error(`a good event got ${answer.text}`);
          await sleep(50);
        }
      }),
    );
    if (answers.some((answer) => answer?.status === 201))
      for (const { content } of events) sent.taken.add(content);
    // Calls share the log and the drain with them.
    await post(brains[0] as Part, '/api/v1/backend/log/agent/', minimalEvent(tenant));
  }
}

async function underLoad(brains: readonly Part[], fault: () => Promise<unknown>): Promise<Sent> {
  const sent: Sent = { texts: new Set(), taken: new Set() };
  let isOver = false;
  const writers = Array.from({ length: writerCount }, (_, writer) =>
    write(brains, writer, sent, () => isOver),
  );
  try {
    await taken(sent, 40);
    await sleep(between(random, 0, 600));
    await fault();
    await taken(sent, sent.taken.size + 20);
  } finally {
    isOver = true;
    await Promise.all(writers);
  }
  return sent;
}

/** Resolves when `count` events got a 201, however long a slow machine takes for them. */
async function taken(sent: Sent, count: number): Promise<void> {
  for (const endMs = performance.now() + 60_000; sent.taken.size < count; await sleep(20)) {
    if (performance.now() > endMs) throw new Error(`only ${sent.taken.size} events were taken in a minute`);
  }
}

async function accountOf(brain: Part): Promise<Record<string, number>> {
  for (const deadlineMs = performance.now() + 30_000; ; await sleep(100)) {
    const answer = await send('GET', `${brain.url}/api/v1/project/capture/`, tenant.reader);
    const isSettled = answer.status === 200 && answer.body.response.waiting === 0;
    if (isSettled || performance.now() > deadlineMs) return answer.body.response;
  }
}

/** What got a 201 is there once, the rest at most once, what one writer sent in its order; and the counts say so. */
async function expectAll(brains: readonly Part[], sent: Sent): Promise<void> {
  // What an instance counts is told to the others after a second.
  if (brains.length > 1) await sleep(2500);
  const { accepted, stored, waiting, dead } = await accountOf(brains[0] as Part);
  const client = agentEventClient(
    () => ({ brain: brains[0] as Part }),
    () => tenant,
  );
  const contents = (await client.readAll()).map(({ content }) => content as string);
  expect(new Set(contents).size).toBe(contents.length);
  const there = new Set(contents);
  expect([...sent.taken].filter((content) => !there.has(content))).toEqual([]);
  expect(contents.filter((content) => !sent.texts.has(content))).toEqual([]);
  for (let writer = 0; writer < writerCount; writer++) {
    const numbers = contents.filter((content) => content.startsWith(`${writer} `));
    const ordered = [...numbers].sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1]));
    expect({ seed, numbers }).toEqual({ seed, numbers: ordered });
  }
  const calls = await countCalls(brains[0] as Part);
  const count = contents.length + calls;
  expect({ accepted, stored, waiting, dead }).toEqual({
    accepted: count,
    stored: count,
    waiting: 0,
    dead: 0,
  });
}

async function countCalls(brain: Part): Promise<number> {
  const url = `${brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}&limit=500`;
  let [count, cursor] = [0, ''];
  do {
    const { body } = await send('GET', url + cursor, tenant.reader);
    count += body.count;
    cursor = body.next_cursor === undefined ? '' : `&cursor=${body.next_cursor}`;
  } while (cursor !== '');
  return count;
}

async function crash(part: Part, awayMs: number): Promise<void> {
  await part.kill();
  await sleep(awayMs);
  await part.restart();
}

test('Brain killed: every agent event that got a 201 is there, once and in order', async () => {
  const brain = await world.startBrain(random);
  await expectAll([brain], await underLoad([brain], () => crash(brain, between(random, 0, 200))));
});

test('ClickHouse killed: every agent event that got a 201 is there afterwards, once and in order', async () => {
  const brain = await world.startBrain(random);
  await expectAll([brain], await underLoad([brain], () => crash(world.clickhouse, between(random, 0, 500))));
});

test('two Brains that are sent the same agent events at the same moment keep each of them once', async () => {
  const brains = [await world.startBrain(random), await world.startBrain(random)];
  await expectAll(brains, await underLoad(brains, () => sleep(500)));
});
