import { newEventId, newStamp } from '@otas/sdk';
import { BodyCollector } from '../src/record/body-collector';
import { byteLength, cutText } from '../src/record/cut-text';
import { Redactor } from '../src/record/redactor';
import { callToJson } from '../src/record/to-event';
import { toPlain } from '../src/record/to-plain';
import { toCallRecord } from '../src/session/logged-call';
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

describe('redaction', () => {
  const redactor = new Redactor();

  test.each([
    'Authorization',
    'cookie',
    'SET-COOKIE',
    'x-api-key',
    'Proxy-Authorization',
    'X-OTAS-AGENT-KEY',
    'x-otas-any',
  ])('the value of the header %s is replaced, whatever it is', (name) => {
    expect(redactor.headers({ [name]: 'hunter2', accept: '*/*' })).toEqual({
      [name]: '[REDACTED]',
      accept: '*/*',
    });
  });

  test.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl',
    `agent_abcd_${'x'.repeat(20)}`,
    `otas_abcd_${'x'.repeat(20)}`,
    `AKIA${'A'.repeat(16)}`,
    `ghp_${'a'.repeat(36)}`,
    `github_pat_${'a'.repeat(22)}`,
    `sk-${'a'.repeat(20)}`,
    `sk_live_${'a'.repeat(16)}`,
    `xoxb-${'1'.repeat(12)}`,
    `AIza${'a'.repeat(35)}`,
  ])('%s is replaced wherever it stands', (secret) => {
    expect(redactor.text(`a "${secret}", b`)).toBe('a "[REDACTED]", b');
    expect(redactor.pairs(`q=%20${secret}&b=1`)).toBe('q=%20[REDACTED]&b=1');
    expect(redactor.headers({ link: secret })).toEqual({ link: '[REDACTED]' });
    expect(toPlain({ list: [{ text: secret }] }, redactor, 1000)).toEqual({ list: [{ text: '[REDACTED]' }] });
  });

  test('parameters that are named like credentials are replaced in queries, others are not', () => {
    expect(redactor.pairs('a=1&token=2&api%5Fkey=3&page_token_size=4&password=&monkey=5')).toBe(
      'a=1&token=[REDACTED]&api%5Fkey=[REDACTED]&page_token_size=4&password=[REDACTED]&monkey=5',
    );
  });

  test.each(['api-key', 'X-Auth-Token', 'x-goog-api-key', 'X-Amz-Security-Token', 'private-token'])(
    'the value of the header %s, which is named like a credential, is replaced',
    (name) => {
      expect(redactor.headers({ [name]: 'hunter2', 'x-token-count': '7' })).toEqual({
        [name]: '[REDACTED]',
        'x-token-count': '7',
      });
    },
  );

  test('of a URL, the password and credentials in query and fragment are replaced, also in a header', () => {
    const url = 'https://ada:hunter2@h.example/a?token=1&b=2#access_token=3';
    const expected = 'https://ada:[REDACTED]@h.example/a?token=[REDACTED]&b=2#access_token=[REDACTED]';
    expect(redactor.url(url)).toBe(expected);
    expect(redactor.headers({ Location: url, referer: url })).toEqual({
      Location: expected,
      referer: expected,
    });
    expect(redactor.url('/a@b:c?d=http://e:f@g')).toBe('/a@b:c?d=http://e:f@g');
  });

  test('the name of a member is replaced where it is a secret', () => {
    expect(toPlain({ [`sk-${'a'.repeat(20)}`]: 1 }, redactor, 1000)).toEqual({ '[REDACTED]': 1 });
  });

  test('headers of a logged call are understood in each notation that a caller has, and redacted', () => {
    const pairs = [
      ['Authorization', 'hunter2'],
      ['a', '1'],
      ['a', '2'],
    ] as const;
    const given = [
      pairs,
      pairs.flat(),
      new Headers(pairs as never),
      new Map([['Authorization', 'hunter2'] as const, ['a', '1, 2'] as const]),
      'Authorization: hunter2\r\na: 1\r\na: 2\r\n',
      { Authorization: 'hunter2', a: '1, 2' },
    ];
    for (const request_headers of given) {
      const call = { path: '/', method: 'GET', status_code: 200, latency_ms: 1, request_headers } as never;
      const json = callToJson(toCallRecord(call, redactor, 1000), redactor, 1000);
      const headers = Object.entries<string>(JSON.parse(json).request_headers);
      expect(headers.map(([name, value]) => [name.toLowerCase(), value]).sort()).toEqual([
        ['a', '1, 2'],
        ['authorization', '[REDACTED]'],
      ]);
    }
  });

  test('a form is looked at by its parameters, also in an answer, and a query in the path', () => {
    const form = 'application/x-www-form-urlencoded';
    const call = {
      path: '/a?password=hunter2',
      method: 'POST',
      status_code: 200,
      latency_ms: 1,
      request_body: 'password=hunter2',
      response_body: 'access_token=hunter2&scope=all',
      request_content_type: form,
      response_content_type: `${form}; charset=utf-8`,
    };
    expect(JSON.parse(callToJson(toCallRecord(call, redactor, 1000), redactor, 1000))).toMatchObject({
      path: '/a?password=[REDACTED]',
      request_body: 'password=[REDACTED]',
      response_body: 'access_token=[REDACTED]&scope=all',
    });
  });

  test('a pattern of the host keeps its flags and its groups', () => {
    const own = new Redactor({
      patterns: [/(["'])first\1/, /(["'])pw\1/, /begin.end/s, /\p{Lu}{9}/u, /^line$/my],
    });
    expect(own.text(`'pw' begin\nend ÄÖÜÄÖÜÄÖÜ\nline\n`)).toBe(
      '[REDACTED] [REDACTED] [REDACTED]\n[REDACTED]\n',
    );
  });

  test('names and patterns of the host are replaced too', () => {
    const own = new Redactor({ headers: ['X-Tenant'], patterns: [/card-\d+/i, 'iban:\\w+'] });
    expect(own.headers({ 'x-tenant': 'a' })).toEqual({ 'x-tenant': '[REDACTED]' });
    expect(own.text('CARD-12 iban:DE1 other')).toBe('[REDACTED] [REDACTED] other');
  });

  test('in a value, what stands under the name of such a header is replaced, in each of its notations', () => {
    const value = {
      headers: { Authorization: ['a', 'b'], accept: 'c' },
      raw: [['Cookie', 'a=b']],
      named: [{ name: 'X-Api-Key', value: 'k' }],
    };
    expect(toPlain(value, redactor, 1000)).toEqual({
      headers: { Authorization: '[REDACTED]', accept: 'c' },
      raw: [['Cookie', '[REDACTED]']],
      named: [{ name: 'X-Api-Key', value: '[REDACTED]' }],
    });
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
