import type { LogPosition } from '@otas/event-log';
import { StoredWaiters } from '../src/capture/stored-waiters';

const at = (count: number): LogPosition => [7, count];
let lateCount: number;
let waiters: StoredWaiters;

beforeEach(() => {
  jest.useFakeTimers();
  lateCount = 0;
  waiters = new StoredWaiters(() => lateCount++);
});
afterEach(() => {
  jest.useRealTimers();
});

test('each waits for its own records, and is told when one of them is dead', async () => {
  const first = waiters.wait(at(0), at(0), 100);
  const second = waiters.wait(at(1), at(3), 100);
  const third = waiters.wait(at(4), at(4), 100);
  const fourth = waiters.wait(at(5), at(5), 100);
  waiters.resolveThrough(at(4), [at(2)]);
  await expect(Promise.all([first, second, third])).resolves.toEqual([true, false, true]);
  waiters.giveUp();
  await expect(fourth).resolves.toBe(false);
  jest.advanceTimersByTime(1000);
  expect(lateCount).toBe(0);
});

test('each waits no longer than its own time', async () => {
  const answers: string[] = [];
  const note = (name: string) => (isStored: boolean) => answers.push(`${name} ${isStored}`);
  void waiters.wait(at(0), at(0), 100).then(note('first'));
  await jest.advanceTimersByTimeAsync(60);
  void waiters.wait(at(1), at(1), 100).then(note('second'));
  await jest.advanceTimersByTimeAsync(39);
  expect(answers).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect([answers, lateCount]).toEqual([['first false'], 1]);
  await jest.advanceTimersByTimeAsync(59);
  expect(answers).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1);
  expect([answers, lateCount]).toEqual([['first false', 'second false'], 2]);
});
