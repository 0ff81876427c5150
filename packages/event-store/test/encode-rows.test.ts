import { encodeRows } from '../src';

const rows = [
  ['a', 1, null, [], 'z'],
  ['b', '"],["', '],[', 'x"],[', ['],["', '"],[', '],['], '[["a"],["b"]]', '"],[', '],['],
  ['Grüße', '世界 🌍', '\\', '"],[\\"', '\\"],["'],
  ['c', ['"'], 2.5, '\n', '],["'],
];

test.each([
  ['one row', rows.slice(0, 1)],
  ['rows whose texts look like the border of two', rows],
  ['rows beyond ASCII alone', rows.slice(2, 3)],
])('%s are a line each, of the length that is said, behind the free bytes', (_name, some) => {
  for (const offset of [0, 7]) {
    const { bytes, lengths } = encodeRows(some, offset);
    let at = offset;
    for (const [index, row] of some.entries()) {
      const end = at + (lengths[index] ?? 0);
      expect(bytes.toString('utf8', at, end)).toBe(`${JSON.stringify(row)}\n`);
      at = end;
    }
    expect([at, lengths.length]).toEqual([bytes.length, some.length]);
  }
});
