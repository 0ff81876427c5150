import { findLastEnd } from '../src/export/record-ends';
import { WholeRecords } from '../src/export/whole-records';
import { readServerSentEvents, type StreamPart } from '../src/http/server-sent-events';

const id = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const cursorOf = (at: number): string => `${id(1)}_${at}_${id(at)}`;

/** What a recorded body may hold to be taken for the end of a record. */
const bodies = [
  'plain',
  `","${cursorOf(9)}"\n`,
  `,"${cursorOf(9)}"\n"`,
  `{"cursor":"${cursorOf(9)}"}\n`,
  'é日\r\n',
];
const ndjson = bodies.map((body, at) => `${JSON.stringify({ body, cursor: cursorOf(at) })}\n`);
const csv = [
  'body,cursor\n',
  ...bodies.map((body, at) => `"${body.replaceAll('"', '""')}","${cursorOf(at)}"\n`),
];

test.each([
  ['ndjson', ndjson],
  ['csv', csv],
] as const)(
  '%s that is cut anywhere is whole up to the last record before, and the cursor is that of it',
  (format, records) => {
    const bytes = Buffer.from(records.join(''));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = findLastEnd(bytes.subarray(0, cut), format);
      const ends = records.map((_, at) => Buffer.byteLength(records.slice(0, at + 1).join('')));
      const at = ends.filter((end) => end <= cut).length - 1;
      const head = records.length - bodies.length;
      if (at < head) expect(found).toBeNull();
      else expect(found).toEqual({ end: ends[at], cursor: cursorOf(at - head) });
    }
  },
);

test.each([
  ['ndjson', ndjson],
  ['csv', csv],
] as const)(
  '%s that comes in pieces of any size comes out whole and unchanged, counted once',
  (format, records) => {
    const bytes = Buffer.from(records.join(''));
    for (let size = 1; size <= bytes.length; size++) {
      const whole = new WholeRecords(format, null);
      const out: Buffer[] = [];
      let count = 0;
      for (let from = 0; from < bytes.length; from += size) {
        const part = whole.take(bytes.subarray(from, from + size));
        out.push(part.bytes);
        count += part.count;
      }
      expect([Buffer.concat(out).equals(bytes), count, whole.isCut]).toEqual([true, bodies.length, false]);
      expect(whole.cursor).toBe(cursorOf(bodies.length - 1));
    }
  },
);

test('an interruption that Brain tells is no record', () => {
  const end = '{"status":0,"status_description":"export_interrupted"}\n';
  const bytes = Buffer.from(ndjson.slice(0, 2).join('') + end);
  for (let size = 1; size <= bytes.length; size++) {
    const whole = new WholeRecords('ndjson', null);
    let text = '';
    for (let from = 0; from < bytes.length; from += size) {
      text += whole.take(bytes.subarray(from, from + size)).bytes;
    }
    expect([text, whole.isCut, whole.cursor]).toEqual([ndjson.slice(0, 2).join(''), true, cursorOf(1)]);
  }
});

test('server-sent events are read whole, however they are cut', async () => {
  const text =
    ': live\n\nid: c1\ndata: {"a":"é日"}\n\nevent: end\ndata: {"reason":\ndata: "stopping"}\n\nid: c2\ndata: cut';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const pieces = async function* () {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    };
    const parts: StreamPart[] = [];
    for await (const part of readServerSentEvents(pieces())) parts.push(part);
    expect(parts).toEqual([
      { event: 'message', id: null, comment: 'live', data: null },
      { event: 'message', id: 'c1', comment: null, data: '{"a":"é日"}' },
      { event: 'end', id: null, comment: null, data: '{"reason":\n"stopping"}' },
    ]);
  }
});
