import { parseUuid } from '../src';

test('a UUID is read in any case, with and without hyphens, and comes out canonical', () => {
  const canonical = '0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b';
  for (const text of [canonical, canonical.toUpperCase(), canonical.replaceAll('-', '')]) {
    expect(parseUuid(text)).toBe(canonical);
  }
});

test.each([
  [''],
  ['0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6'],
  ['0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6bc'],
  ['0b1e63a2c9f7-4b6d-8e5a-1c2d3e4f5a6b'],
  ['{0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b}'],
  ['gb1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b'],
  [null],
  [7],
])('%p is no UUID', (value) => {
  expect(parseUuid(value)).toBeNull();
});
