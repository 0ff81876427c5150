import { FrameReader } from '../src/postgres/frame-reader';
import { message, stringAt } from '../src/postgres/messages';
import { readOpening } from '../src/postgres/startup';
import { Statements } from '../src/postgres/statements';

test('messages come out whole, in whatever pieces they arrive', () => {
  const messages = [
    message('Q', 'SELECT 1'),
    message('S'),
    message('P', 's', 'x'.repeat(1000), Buffer.alloc(2)),
  ];
  const bytes = Buffer.concat(messages);
  for (const size of [1, 2, 5, 7, 100, bytes.length]) {
    const reader = new FrameReader();
    const read: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      reader.push(bytes.subarray(at, at + size));
      for (let frame = reader.next(1); frame; frame = reader.next(1)) read.push(frame);
    }
    expect(read).toEqual(messages);
  }
});

test('a message with an impossible length is refused', () => {
  const reader = new FrameReader();
  reader.push(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]));
  expect(() => reader.next(1)).toThrow('invalid message length');
});

test('requests for encryption and cancellation are told from a session', () => {
  expect(readOpening(opening(80877103))).toEqual({ kind: 'encryption' });
  expect(readOpening(opening(80877104))).toEqual({ kind: 'encryption' });
  expect(readOpening(opening(80877102, Buffer.alloc(8)))).toEqual({ kind: 'cancel' });
  expect(() => readOpening(opening(2 << 16))).toThrow('unsupported frontend protocol 2.0');
});

test('the settings of a start-up message are those that are settings', () => {
  const words = ['user', 'u', 'database', 'd', 'application_name', 'app', 'DateStyle', 'ISO'];
  const options = ['options', '-c statement_timeout=5 --lock-timeout=7 -csearch_path=a\\ b'];
  const parameters = Buffer.from(`${[...words, ...options].join('\0')}\0\0`);
  expect(readOpening(opening(3 << 16, parameters))).toEqual({
    kind: 'session',
    answer: Buffer.alloc(0),
    applicationName: 'app',
    settings: new Map([
      ['statement_timeout', '5'],
      ['lock_timeout', '7'],
      ['search_path', 'a b'],
      ['DateStyle', 'ISO'],
    ]),
  });
});

test('a client of a later 3.x is told that this is 3.0', () => {
  const answer = (
    readOpening(opening((3 << 16) + 2, Buffer.from('_pq_.x\0' + '1\0\0'))) as { answer: Buffer }
  ).answer;
  expect(answer).toEqual(message('v', Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), '_pq_.x'));
});

describe('prepared statements', () => {
  const none = Buffer.alloc(6);
  const parse = (name: string) => message('P', name, 'SELECT 1', none);
  const bind = (name: string) => message('B', 'portal', name, none);
  const close = (name: string) => message('C', Buffer.from('S'), name);

  test('named ones get the prefix, in every message that names them', () => {
    const statements = new Statements('c1_');
    expect(statements.translate(parse('s'))).toEqual(parse('c1_s'));
    expect(statements.translate(bind('s'))).toEqual(bind('c1_s'));
    expect(stringAt(statements.translate(bind('s')), 5)).toBe('portal');
    expect([...statements.names]).toEqual(['c1_s']);
    expect(statements.translate(close('s'))).toEqual(close('c1_s'));
    expect([...statements.names]).toEqual([]);
    expect(statements.translate(close(''))).toEqual(close(''));
  });

  test('the unnamed one is prepared again only when it is used without being prepared first', () => {
    const statements = new Statements('c1_');
    expect(statements.neededBefore([bind('')])).toBeNull();
    expect(statements.noteUnnamed([parse(''), bind('')])).toBe(true);
    expect(statements.neededBefore([bind(''), parse('')])).toEqual(parse(''));
    expect(statements.neededBefore([parse(''), bind('')])).toBeNull();
    expect(statements.neededBefore([bind('s')])).toBeNull();
    expect(statements.noteUnnamed([bind('')])).toBeNull();
    expect(statements.noteUnnamed([message('Q', 'SELECT 1')])).toBe(false);
    expect(statements.neededBefore([bind('')])).toBeNull();
  });
});

function opening(code: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, rest]);
}
