import { randomUUID } from 'node:crypto';
import { EventStoreUnavailable } from '../src';
import { wholeRows } from '../src/export-rows';

const cursors = Array.from({ length: 5 }, (_, at) => `${randomUUID()}_${at}_${randomUUID()}`);
const rows = {
  ndjson: cursors.map((cursor, at) => `{"body":"\\"é\\n${'x'.repeat(at * 50)}","cursor":"${cursor}"}\n`),
  // A text may have line ends, and may even look like the end of a row, but for its doubled quotation marks.
  csv: cursors.map(
    (cursor) => `"a","b\n,""${randomUUID()}_1_${randomUUID()}""\n\n${cursor}\n","${cursor}"\n`,
  ),
};

async function* inPieces(text: string, bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

/** What gets through, and whether the text is taken for whole. */
async function read(text: string, bytes: number): Promise<{ text: string; last: string; isWhole: boolean }> {
  let [through, last] = [Buffer.alloc(0), ''];
  try {
    for await (const part of wholeRows(inPieces(text, bytes))) {
      through = Buffer.concat([through, ...part.pieces]);
      last = `${part.last.sessionId}_${part.last.eventTime}_${part.last.eventId}`;
    }
    return { text: String(through), last, isWhole: true };
  } catch (error) {
    expect(error).toBeInstanceOf(EventStoreUnavailable);
    return { text: String(through), last, isWhole: false };
  }
}

const sizes = [1, 7, 64, 150, 10_000];

describe.each(['ndjson', 'csv'] as const)('of %s', (format) => {
  const text = rows[format].join('');

  test.each(sizes)('all rows get through, in pieces of %d bytes', async (bytes) => {
    expect(await read(text, bytes)).toEqual({ text, last: cursors[4], isWhole: true });
    expect(await read('', bytes)).toEqual({ text: '', last: '', isWhole: true });
  });

  test.each(sizes)('of what breaks off only whole rows get through, in pieces of %d bytes', async (bytes) => {
    const whole = rows[format].slice(0, 3).join('');
    const expected = { text: whole, last: cursors[2], isWhole: false };
    for (const end of [
      rows[format][3]?.slice(0, -1),
      rows[format][3]?.slice(0, 9),
      '\n',
      'Code: 241.\nDB::"x"\n',
    ])
      expect(await read(whole + end, bytes)).toEqual(expected);
  });
});

test('an answer that breaks off between rows is no whole one', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from(rows.csv[0] as string);
    throw new Error('aborted');
  }
  await expect(async () => {
    for await (const _ of wholeRows(broken()));
  }).rejects.toThrow(EventStoreUnavailable);
});
