import { Turns } from '../src/db/turns';

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => jest.restoreAllMocks());

/** Work that is under way until it is told to end. */
function pausable() {
  let [begin, end] = [(): void => undefined, (): void => undefined];
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = (): Promise<void> => {
    begin();
    return ended;
  };
  return { begun, end, work };
}

test('what has the same key is done one after the other, in order, also after a failure', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const first = pausable();
  const work =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = [
    turns.run('a', first.work),
    turns.run('a', work('second', true)),
    turns.run('a', work('third')),
  ];
  const other = await turns.run('b', work('of another key'));
  expect(other).toBe('of another key');
  expect(log).toEqual(['of another key begins', 'of another key ends']);
  first.end();
  const [, second, third] = await Promise.allSettled(all);
  expect(second).toMatchObject({ status: 'rejected', reason: { message: 'second' } });
  expect(third).toMatchObject({ status: 'fulfilled', value: 'third' });
  expect(log.slice(2)).toEqual(['second begins', 'second ends', 'third begins', 'third ends']);
});

test('what waited longer than 30 s is refused as unavailable and never done, and what comes later is done', async () => {
  const turns = new Turns();
  const first = pausable();
  const running = turns.run('a', first.work);
  await first.begun;
  const late = jest.fn();
  const waiting = expect(turns.run('a', late)).rejects.toMatchObject({
    code: 'database_unavailable',
    status: 503,
  });
  nowMs = 30_001;
  const next = turns.run('a', async () => 'done');
  first.end();
  await running;
  await waiting;
  expect(late).not.toHaveBeenCalled();
  expect(await next).toBe('done');
});
