import { Batches } from '../src/db/batches';

/** Batches of numbers whose work ends when it is told to, with ten times each number. */
function setUp(runningMax = 1, sizeMax = 100) {
  const started: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const batches = new Batches<number, number>({
    run: (items) => {
      started.push([...items]);
      return new Promise((resolve, reject) => {
        ends.push((error) => (error ? reject(error) : resolve(items.map((item) => item * 10))));
      });
    },
    sizeOf: (item) => item,
    ...{ sizeMax, runningMax },
  });
  return { batches, started, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const sqlError = (code: string) => Object.assign(new Error('refused'), { code, severity: 'ERROR' });

test('an item goes at once, those that come meanwhile go together, and each gets its own result', async () => {
  const { batches, started, ends } = setUp();
  const results = Promise.all([1, 2, 3].map((item) => batches.add(item)));
  expect(started).toEqual([[1]]);
  ends[0]?.();
  await turn();
  expect(started).toEqual([[1], [2, 3]]);
  ends[1]?.();
  expect(await results).toEqual([10, 20, 30]);
});

test('as many batches are under way as may be, and no more', async () => {
  const { batches, started, ends } = setUp(2);
  const results = Promise.all([1, 2, 3, 4].map((item) => batches.add(item)));
  await turn();
  expect(started).toEqual([[1], [2]]);
  ends[1]?.();
  await turn();
  expect(started).toEqual([[1], [2], [3, 4]]);
  ends[0]?.();
  ends[2]?.();
  expect(await results).toEqual([10, 20, 30, 40]);
});

test('a batch is no larger than it may be, and an item that is larger goes alone', async () => {
  const { batches, started, ends } = setUp(1, 10);
  const results = Promise.all([1, 6, 4, 3, 99, 2].map((item) => batches.add(item)));
  for (let at = 0; at < 5; at++) {
    ends[at]?.();
    await turn();
  }
  await results;
  expect(started).toEqual([[1], [6, 4], [3], [99], [2]]);
});

test('a failure is that of all in the batch, and the next ones go on', async () => {
  const { batches, ends } = setUp();
  const first = batches.add(1);
  const failing = Promise.allSettled([batches.add(2), batches.add(3)]);
  ends[0]?.();
  await first;
  await turn();
  const next = batches.add(4);
  ends[1]?.(sqlError('57P01'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  ends[2]?.();
  expect(await next).toBe(40);
});

test('an item that the database refuses fails alone', async () => {
  const batches = new Batches<number, number>({
    run: async (items) => {
      await turn();
      if (items.includes(3)) throw sqlError('23503');
      return items;
    },
    sizeOf: () => 1,
    ...{ sizeMax: 100, runningMax: 1 },
  });
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => batches.add(item)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});
