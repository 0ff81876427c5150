import { type Counters, MemoryCounters } from '../src';
import { InsuredCounters } from '../src/limits/insured-counters';

test('a number ends its seconds after it was begun, however often it is added to', async () => {
  let nowMs = 0;
  const counters = new MemoryCounters(() => nowMs);
  expect(await counters.add('a', 1, 10)).toEqual({ value: 1, msLeft: 10_000 });
  nowMs = 9999;
  expect(await counters.add('a', 2, 10)).toEqual({ value: 3, msLeft: 1 });
  expect(await counters.find('a')).toEqual({ value: 3, msLeft: 1 });
  nowMs = 10_000;
  expect(await counters.find('a')).toBeNull();
  expect(await counters.add('a', 1, 20)).toEqual({ value: 1, msLeft: 20_000 });
});

test('a number can be replaced and deleted, for whatever time it was begun', async () => {
  const counters = new MemoryCounters(() => 0);
  await counters.add('a', 1, 10);
  await counters.set('a', 7, 30 * 24 * 3600);
  expect(await counters.find('a')).toEqual({ value: 7, msLeft: 30 * 24 * 3600 * 1000 });
  expect(await counters.add('a', -2, 10)).toMatchObject({ value: 5 });
  await counters.delete('a');
  expect(await counters.find('a')).toBeNull();
});

test('past the bound the oldest makes room, and what lasts long is not driven out by what lasts short', async () => {
  let nowMs = 0;
  const counters = new MemoryCounters(() => nowMs, 100);
  await counters.set('month', 1, 30 * 24 * 3600);
  for (let at = 0; at < 1000; at++) await counters.add(`short ${at}`, 1, 10);
  expect(await counters.find('month')).not.toBeNull();
  expect(await counters.find('short 899')).toBeNull();
  expect(await counters.find('short 900')).not.toBeNull();
  nowMs = 10_000;
  await counters.add('last', 1, 10);
  expect(await counters.find('short 999')).toBeNull();
});

test('while the shared store is away, the own one goes on from what was last seen there', async () => {
  const shared = new MemoryCounters(() => 0);
  let isAway = false;
  const there = <T>(step: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new Error('away')) : step();
  const store: Counters = {
    add: (key, points, seconds) => there(() => shared.add(key, points, seconds)),
    find: (key) => there(() => shared.find(key)),
    set: (key, value, seconds) => there(() => shared.set(key, value, seconds)),
    delete: (key) => there(() => shared.delete(key)),
  };
  const counters = new InsuredCounters(store);
  await shared.add('a', 3, 60);
  expect((await counters.add('a', 1, 60)).value).toBe(4);
  await counters.set('known', 9, 60);
  await counters.delete('gone');
  isAway = true;
  expect((await counters.add('a', 1, 60)).value).toBe(5);
  expect((await counters.find('known'))?.value).toBe(9);
  await counters.set('b', 1, 60);
  await counters.delete('known');
  expect(await counters.find('known')).toBeNull();
  isAway = false;
  expect((await counters.add('a', 1, 60)).value).toBe(5);
});
