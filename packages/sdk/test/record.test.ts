import { newEventId, newStamp } from '@otas/sdk';
import { BodyCollector } from '../src/record/body-collector';
import { byteLength, cutText } from '../src/record/cut-text';
import { Redactor } from '../src/record/redactor';
import { toPlain } from '../src/record/to-plain';
import { wrapTool } from '../src/session/wrap-tool';

describe('ids and times of events', () => {
  test('an id is a UUID of version 7 with the time of its event, which has microseconds', () => {
    const { event_id, event_time } = newStamp();
    expect(event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(event_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    const idMs = Number.parseInt(event_id.slice(0, 8) + event_id.slice(9, 13), 16);
    expect(idMs).toBe(Date.parse(event_time));
    expect(Math.abs(idMs - Date.now())).toBeLessThan(5000);
  });

  test('ids and times only grow, also within a millisecond', () => {
    const stamps = Array.from({ length: 20_000 }, newStamp);
    const times = stamps.map(({ event_time }) => event_time);
    expect(times).toEqual([...new Set(times)].sort());
    const ids = [...stamps.map(({ event_id }) => event_id), newEventId()];
    expect(ids).toEqual([...new Set(ids)].sort());
  });
});

describe('bodies', () => {
  const collect = (maxBytes: number, ...chunks: (Uint8Array | string)[]): BodyCollector => {
    const collector = new BodyCollector(maxBytes);
    for (const chunk of chunks) collector.add(chunk);
    return collector;
  };

  test('a body is put together from its chunks, also where a character was cut in halves', () => {
    const bytes = Buffer.from('größer 漢字');
    const collector = collect(1000, ...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect([collector.size, collector.text('text/plain')]).toEqual([bytes.length, 'größer 漢字']);
  });

  test('what is kept is a copy: a chunk may be written to later', () => {
    const chunk = Buffer.from('before');
    const collector = collect(1000, chunk);
    chunk.fill('x');
    expect(collector.text(null)).toBe('before');
  });

  test('a body over the bound is cut at a whole character, fits the bound, and says how long it was', () => {
    const text = '漢'.repeat(1000);
    const cut = collect(300, text).text('application/json') ?? '';
    expect(cut).toMatch(/^漢+\[TRUNCATED: 3000 bytes\]$/);
    expect(byteLength(cut)).toBeLessThanOrEqual(300);
    expect(cutText(text, 300)).toBe(cut);
    expect(cutText('漢'.repeat(100), 300)).toBe('漢'.repeat(100));
  });

  test('the first half of a secret at the cut is not kept', () => {
    const body = `${'x '.repeat(100)}sk-${'a'.repeat(500)}`;
    expect(collect(280, body).text('text/plain')).toMatch(/ x \[REDACTED\]\[TRUNCATED: 703 bytes\]$/);
    expect(cutText(body, 280)).toMatch(/ x \[REDACTED\]\[TRUNCATED: 703 bytes\]$/);
  });

  test.each([
    ['nothing', 'text/plain', new Uint8Array(0), null],
    ['an image', 'image/png', Buffer.from('png'), null],
    ['bytes that are no text', null, Uint8Array.of(0x1f, 0x8b, 0xff), null],
    ['text without a type', null, Buffer.from('hello'), 'hello'],
    ['another charset', 'text/html; charset="ISO-8859-1"', Uint8Array.of(0xe9), 'é'],
    ['a charset that nobody knows', 'text/html; charset=none', Buffer.from('x'), null],
    ['a type with a suffix', 'application/problem+json', Buffer.from('{}'), '{}'],
  ])('%s', (_name, type, bytes, text) => {
    expect(collect(1000, bytes).text(type)).toBe(text);
  });

  test('the size of a text is that of its UTF-8', () => {
    for (const text of ['', 'a', 'é', '漢', '😀', 'a😀é'])
      expect(byteLength(text)).toBe(Buffer.byteLength(text));
  });
});

describe('values as JSON', () => {
  const plain = (value: unknown, charsMax = 10_000) => toPlain(value, new Redactor(), charsMax);

  test('a value is what JSON.stringify makes of it, and what that can not write has a form', () => {
    const value = {
      a: [1, null, 'x', undefined],
      b: new Date(0),
      c: undefined,
      d: new URL('http://a/'),
      e: true,
    };
    expect(JSON.stringify(plain(value))).toBe(JSON.stringify(value));
    const circular: Record<string, unknown> = {
      n: 1n,
      error: new TypeError('no'),
      bytes: Buffer.from('abc'),
    };
    circular.self = circular;
    expect(plain(circular)).toEqual({
      n: '1',
      error: { name: 'TypeError', message: 'no' },
      bytes: '[3 bytes]',
      self: '[CIRCULAR]',
    });
  });

  test('what throws when it is read harms nothing beside it', () => {
    const hostile = {
      get it(): string {
        throw new Error('hostile');
      },
    };
    const toJSON = (): never => hostile.it as never;
    expect(plain({ a: 1, hostile, other: { toJSON }, b: 2 })).toEqual({
      ...{ a: 1, hostile: '[UNREADABLE]', other: '[UNREADABLE]', b: 2 },
    });
  });

  test('a member named __proto__ stays a member', () => {
    expect(JSON.stringify(plain(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}');
  });

  test('a value that is too large is cut, and its copying ends there', () => {
    const large = { text: 'x'.repeat(5000), list: Array.from({ length: 1_000_000 }, (_, at) => at) };
    const text = JSON.stringify(plain(large, 1000));
    expect(text.length).toBeLessThan(1100);
    expect(text).toContain('[TRUNCATED]');
    let read = 0;
    const watched = new Proxy(large.list, {
      get: (list, name) => {
        read++;
        return Reflect.get(list, name);
      },
    });
    plain(watched, 1000);
    expect(read).toBeLessThan(2000);
  });
});

describe('a recorded tool', () => {
  const events: Record<string, unknown>[] = [];
  const recorder = { event: (event: object) => events.push({ ...event }), run: <T>(fn: () => T) => fn() };
  beforeEach(() => void events.splice(0));

  test('is called with the same this and arguments, and gives the same value', () => {
    const result = {};
    const tool = {
      mark: 1,
      run: wrapTool(recorder, 'run', function (this: unknown, ...args: unknown[]) {
        return [this, args, result];
      }),
    };
    const [self, args, given] = tool.run(1, 2) as unknown[];
    expect([self === tool, args, given === result]).toEqual([true, [1, 2], true]);
    expect(events[0]).toMatchObject({ type: 'tool_input', tool_name: 'run', tool_input: { args: [1, 2] } });
  });

  test('looks like the function that it wraps', () => {
    const add = async (_a: number, _b: number) => 1;
    const tool = wrapTool(recorder, 'sum', Object.assign(add, { description: 'adds' }));
    expect([tool.name, tool.length, tool.description, Object.keys(tool)]).toEqual([
      'add',
      2,
      'adds',
      ['description'],
    ]);
  });

  test('throws and rejects with the very same error', async () => {
    const error = new Error('no');
    const throwing = wrapTool(recorder, 'a', () => {
      throw error;
    });
    expect(() => throwing()).toThrow(error);
    const rejecting = wrapTool(recorder, 'b', () => Promise.reject(error));
    expect(await rejecting().catch((thrown) => thrown)).toBe(error);
    expect(events.filter((event) => event.error === true)).toHaveLength(2);
  });

  test('keeps what a promise has of its own, and its class', async () => {
    class Request<T> extends Promise<T> {}
    const tool = wrapTool(recorder, 'a', () =>
      Object.assign(Request.resolve(1), { cancel: () => 'cancelled' }),
    );
    const promise = tool();
    expect([promise instanceof Request, promise.cancel(), await promise]).toEqual([true, 'cancelled', 1]);
  });

  test('does not start what only starts when somebody waits for it', async () => {
    let started = 0;
    // biome-ignore lint/suspicious/noThenProperty: what is tested.
    const lazy = { then: () => void started++ };
    const tool = wrapTool(recorder, 'a', () => lazy);
    expect([tool() === lazy, started]).toEqual([true, 0]);
  });
});
