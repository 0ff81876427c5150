import { KeptBlocks } from '../src/capture/kept-blocks';

const block = (count: number, length = 10) => ({ position: [1, count] as const, length });
const placesOf = (blocks: readonly { readonly position: readonly number[] }[]) =>
  blocks.map(({ position }) => position[1]);

test('the oldest go when there is no more room', () => {
  const kept = new KeptBlocks(30);
  expect(kept.add([block(0), block(1)], 1)).toEqual([]);
  expect(kept.add([block(2)], 2)).toEqual([]);
  expect(placesOf(kept.add([block(3, 15)], 3))).toEqual([0, 1]);
  expect(placesOf(kept.add([block(4, 31)], 4))).toEqual([2, 3, 4]);
});

test('without room nothing is kept', () => {
  const kept = new KeptBlocks(0);
  expect(placesOf(kept.add([block(0), block(1)], 1))).toEqual([0, 1]);
  expect(kept.takeBefore(Number.POSITIVE_INFINITY)).toEqual([]);
});

test('those delivered before a time go, and not those delivered at it', () => {
  const kept = new KeptBlocks(1000);
  kept.add([block(0)], 1);
  kept.add([block(1)], 2);
  kept.add([block(2)], 3);
  expect(placesOf(kept.takeBefore(2))).toEqual([0]);
  expect(placesOf(kept.takeBefore(2))).toEqual([]);
  expect(placesOf(kept.takeBefore(4))).toEqual([1, 2]);
});

test('what was delivered again counts from then', () => {
  const kept = new KeptBlocks(1000);
  kept.add([block(0)], 1);
  kept.renew(5);
  expect(kept.takeBefore(5)).toEqual([]);
  expect(placesOf(kept.takeBefore(6))).toEqual([0]);
});
