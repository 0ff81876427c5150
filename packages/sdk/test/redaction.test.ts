import { Redactor } from '../src/record/redactor';
import { callToJson } from '../src/record/to-event';
import { toPlain } from '../src/record/to-plain';
import { toCallRecord } from '../src/session/logged-call';

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
    `glpat-${'a-'.repeat(10)}`,
    `npm_${'a'.repeat(36)}`,
    `hf_${'a'.repeat(34)}`,
  ])('%s is replaced wherever it stands', (secret) => {
    expect(redactor.text(`a "${secret}", b`)).toBe('a "[REDACTED]", b');
    expect(redactor.pairs(`q=%20${secret}&b=1`)).toBe('q=%20[REDACTED]&b=1');
    expect(redactor.headers({ link: secret })).toEqual({ link: '[REDACTED]' });
    expect(toPlain({ list: [{ text: secret }] }, redactor, 1000)).toEqual({ list: [{ text: '[REDACTED]' }] });
  });

  test.each([
    'npm_config_cache',
    'npm_lifecycle_event',
    'hf_hub_download',
    'glpat-short',
    'AIzawa',
    'task-force',
  ])('the word %s stays', (word) => {
    expect(redactor.text(`a "${word}", b`)).toBe(`a "${word}", b`);
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

  test('the name of a member is replaced where it is a secret, and stays one of its own', () => {
    const value = { [`sk-${'a'.repeat(20)}`]: 1, b: 2, [`hf_${'a'.repeat(34)}`]: 3 };
    expect(toPlain(value, redactor, 1000)).toEqual({ '[REDACTED]': 1, b: 2, '[REDACTED] 2': 3 });
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
