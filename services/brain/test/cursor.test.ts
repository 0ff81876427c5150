import { CursorCodec } from '../src/reads/cursor';

const scope = { projectId: 'p', agentId: 'a', sessionId: 's' };
const place = { eventTime: 1_795_316_817_091_000, eventId: '01a20138-9cc4-77a1-9b2d-111f3fbc3b34' };
const codec = new CursorCodec(() => ['secret']);

test('a cursor is read for the session that it was written for, by every instance with the secret', () => {
  expect(new CursorCodec(() => ['secret']).read(codec.write(place, scope), scope)).toEqual(place);
});

test.each([
  ['another session', (cursor: string) => codec.read(cursor, { ...scope, sessionId: 't' })],
  ['another project', (cursor: string) => codec.read(cursor, { ...scope, projectId: 'q' })],
  ['another secret', (cursor: string) => new CursorCodec(() => ['other']).read(cursor, scope)],
  ['a change', (cursor: string) => codec.read(`${cursor.slice(0, 30)}x${cursor.slice(31)}`, scope)],
  ['a cut', (cursor: string) => codec.read(cursor.slice(0, 20), scope)],
  ['something behind it', (cursor: string) => codec.read(`${cursor}AAAA`, scope)],
])('with %s it is refused', (_name, read) => {
  expect(() => read(codec.write(place, scope))).toThrow('invalid_cursor');
});
