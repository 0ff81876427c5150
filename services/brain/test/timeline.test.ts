import { PendingItems } from '../src/timeline/pending-items';
import { marksMax, SentRecord } from '../src/timeline/sent-record';
import type { StreamItem } from '../src/timeline/stream-item';
import { TimelineCursorCodec } from '../src/timeline/timeline-cursor';

const scope = { projectId: 'p', agentId: 'a', sessionId: 's' };
const idOf = (number: number) => `01a20138-9cc4-77a1-9b2d-${String(number).padStart(12, '0')}`;
const taken = (createdAt: number) => ({ eventId: idOf(createdAt), createdAt });

describe('a cursor of the timeline', () => {
  const codec = new TimelineCursorCodec(() => ['secret']);
  const place = {
    eventTime: 1_795_316_817_091_000,
    kind: 'agent_event' as const,
    sequence: 1_795_316_817_091_000,
    eventId: idOf(1),
  };
  const sent = {
    upTo: 1_795_316_817_091_000,
    marks: Array.from({ length: marksMax }, (_, at) => `0000000${at % 10}`),
  };

  test.each([
    ['of a page', { place, sent: null }],
    ['of a call', { place: { ...place, kind: 'backend_event' as const, sequence: 0 }, sent: null }],
    ['of a stream', { place, sent }],
    ['of a stream that has just begun', { place, sent: { upTo: 0, marks: [] } }],
  ])('%s comes back as it was written', (_name, cursor) => {
    expect(codec.read(codec.write(cursor, scope), scope)).toEqual(cursor);
  });

  test('of another session, changed or written with another secret is refused', () => {
    const cursor = codec.write({ place, sent }, scope);
    expect(() => codec.read(cursor, { ...scope, sessionId: 't' })).toThrow('invalid_cursor');
    expect(() => new TimelineCursorCodec(() => ['other']).read(cursor, scope)).toThrow('invalid_cursor');
    expect(() => codec.read(`${cursor.slice(0, 60)}x${cursor.slice(61)}`, scope)).toThrow('invalid_cursor');
    expect(() => codec.read('', scope)).toThrow('invalid_cursor');
  });
});

describe('what a stream has sent', () => {
  test('is told apart from what it has not, whatever the order of the last ones', () => {
    const record = new SentRecord({ upTo: 100, marks: [] });
    const sent = [110, 150, 120, 140, 130];
    for (const at of sent) record.add(taken(at));
    const resumed = new SentRecord(record.marks);
    expect(resumed.upTo).toBe(100);
    expect(sent.map((at) => resumed.recall(taken(at)))).toEqual(sent.map(() => true));
    expect(resumed.recall(taken(125))).toBe(false);
  });

  test('takes a bounded form: the moment moves on, behind the oldest of the last ones', () => {
    const record = new SentRecord({ upTo: 0, marks: [] });
    for (let at = 1; at <= 100; at++) record.add(taken(at * 10));
    expect(record.marks.marks).toHaveLength(marksMax);
    expect(record.upTo).toBe((100 - marksMax) * 10);
    const resumed = new SentRecord(record.marks);
    for (let at = 100 - marksMax + 1; at <= 100; at++) expect(resumed.recall(taken(at * 10))).toBe(true);
    expect(resumed.marks).toEqual(record.marks);
  });

  test('does not go back for what was taken in before its moment', () => {
    const record = new SentRecord({ upTo: 500, marks: [] });
    record.add(taken(400));
    expect(record.marks).toEqual({ upTo: 500, marks: [] });
  });
});

describe('items that wait', () => {
  const item = (time: number, createdAt: number, length = 2): StreamItem => ({
    place: { eventTime: time, kind: 'backend_event', sequence: 0, eventId: idOf(time) },
    createdAt,
    json: 'x'.repeat(length),
  });
  const timesOf = (items: readonly StreamItem[]) => items.map(({ place }) => place.eventTime);

  test('come late ones first, by when they were taken in, then the others in the order of the timeline', () => {
    const pending = new PendingItems(1000);
    for (const one of [item(30, 1), item(10, 3), item(40, 2), item(5, 9), item(20, 4)]) pending.add(one);
    expect(timesOf(pending.takeAll(item(20, 0).place))).toEqual([10, 20, 5, 30, 40]);
    expect(pending.isEmpty).toBe(true);
    pending.add(item(2, 1));
    pending.add(item(1, 2));
    expect(timesOf(pending.takeAll(null))).toEqual([1, 2]);
  });

  test('are too many past the bound, but one may be of any length', () => {
    const pending = new PendingItems(100);
    pending.add(item(1, 1, 500));
    expect(pending.isOverfull).toBe(false);
    pending.add(item(2, 1, 1));
    expect(pending.isOverfull).toBe(true);
    expect(pending.remove(item(1, 1))).toBe(true);
    expect(pending.remove(item(1, 1))).toBe(false);
    expect(pending.isOverfull).toBe(false);
  });
});
