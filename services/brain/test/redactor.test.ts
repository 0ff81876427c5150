import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAgentEventInput, parseExactJson } from '@otas/event-schema';
import { redactValue } from '../src/agent-events/redact-value';
import { toAgentEvent } from '../src/agent-events/to-agent-event';
import { Redactor } from '../src/capture/redactor';

const redactor = new Redactor({ headerNames: ['X-Tenant-Pass'], patterns: ['tok-\\d{4,}'] });
const [head, payload, signature] = ['eyJhbGciOiJIUzI1NiJ9', 'eyJ1c2VyX2lkIjoiMSJ9', 'c2lnbmF0dXJl'];
const token = `${head}.${payload}.${signature}`;

describe('header fields', () => {
  test.each([
    [
      'an object',
      '{"Authorization":"Bearer abc","Accept":"*/*"}',
      '{"Authorization":"[REDACTED]","Accept":"*/*"}',
    ],
    [
      'any case',
      '{"COOKIE":"a=b","set-cookie":["a","b"]}',
      '{"COOKIE":"[REDACTED]","set-cookie":"[REDACTED]"}',
    ],
    ['an escaped name', '{"auth\\u006frization":"abc"}', '{"authorization":"[REDACTED]"}'],
    ['nested objects', '{"request":{"X-Api-Key":"abc"}}', '{"request":{"X-Api-Key":"[REDACTED]"}}'],
    ['pairs', '[["Authorization","abc"],["Accept","x"]]', '[["Authorization","[REDACTED]"],["Accept","x"]]'],
    ['names and values', '[{"name":"Cookie","value":"a"}]', '[{"name":"Cookie","value":"[REDACTED]"}]'],
    ['a flat list', '["Cookie","abc","Accept","x"]', '["Cookie","[REDACTED]","Accept","x"]'],
    ['lines in a list', '["Cookie: abc","Accept: x"]', '["Cookie: [REDACTED]","Accept: x"]'],
    [
      'lines',
      'Accept: x\r\nAuthorization: Basic abc\r\nHost: y',
      'Accept: x\r\nAuthorization: [REDACTED]\r\nHost: y',
    ],
    ['folded lines', 'Cookie: a=b;\r\n c=d\r\nHost: y', 'Cookie: [REDACTED]\r\nHost: y'],
    [
      'a Python dict',
      "{'Authorization': 'Bearer abc', 'Accept': 'x'}",
      "{'Authorization': [REDACTED], 'Accept': 'x'}",
    ],
    ['our own', '{"X-OTAS-AGENT-SESSION-TOKEN":"abc"}', '{"X-OTAS-AGENT-SESSION-TOKEN":"[REDACTED]"}'],
    ['configured ones', '{"x-tenant-pass":"abc"}', '{"x-tenant-pass":"[REDACTED]"}'],
    [
      'a dump of WSGI',
      '{"HTTP_AUTHORIZATION":"abc","HTTP_X_OTAS_SDK_KEY":"abc","HTTP_HOST":"x"}',
      '{"HTTP_AUTHORIZATION":"[REDACTED]","HTTP_X_OTAS_SDK_KEY":"[REDACTED]","HTTP_HOST":"x"}',
    ],
    ['a number as value', '{"x-api-key":12345}', '{"x-api-key":"[REDACTED]"}'],
  ])('as %s lose the values of credentials', (_form, text, expected) => {
    expect(redactor.headers(text)).toBe(expected);
  });

  test.each([
    ['{"Accept":"*/*",  "X-OTAS-AGENT-ID":"7", "Authority":"x"}'],
    ['Host: y\nX-Author: z'],
    ['null'],
    [''],
    ['{"X-Token-Count":7,  "ratelimit-remaining-tokens":"7","key":"k","Next":"a token"}'],
    ['Access-Control-Allow-Headers: Content-Type, X-Auth-Token, X-Other'],
    ['{"WWW-Authenticate":  "Bearer error=\\"invalid_token\\", error_description=\\"x\\""}'],
    ['Location: /orders/7\nReferer: https://h.example/a?page=2#token'],
    ['{"Location":  "/orders/7?page=2", "Referer": ["https://h.example/@me"]}'],
  ])('%s stays as it came, to the letter', (text) => {
    expect(redactor.headers(text)).toBe(text);
  });

  test.each(['api-key', 'API_KEY', 'X-Auth-Token', 'x-goog-api-key', 'private-token', 'HTTP_X_CSRF_TOKEN'])(
    '%s, which is named like a credential, loses its value in every form',
    (name) => {
      const list = [name, 'hunter2', 'Accept', 'x'];
      const pairs = [list.slice(0, 2), list.slice(2)];
      const forms: [string, string][] = [
        [JSON.stringify({ [name]: 'hunter2' }), JSON.stringify({ [name]: '[REDACTED]' })],
        [JSON.stringify(list), JSON.stringify([name, '[REDACTED]', 'Accept', 'x'])],
        [JSON.stringify(pairs), JSON.stringify([[name, '[REDACTED]'], pairs[1]])],
        [JSON.stringify([{ name, value: 'hunter2' }]), JSON.stringify([{ name, value: '[REDACTED]' }])],
        [`Host: y\r\n${name}: hunter2\r\nAccept: x`, `Host: y\r\n${name}: [REDACTED]\r\nAccept: x`],
        [`> ${name}: hunter2\n> Accept: x`, `> ${name}: [REDACTED]\n> Accept: x`],
        [
          `{'Host': 'y', '${name}': 'hunter2', 'Accept': 'x'}`,
          `{'Host': 'y', '${name}': [REDACTED], 'Accept': 'x'}`,
        ],
        [`[(b'${name}', b'hunter2'), (b'accept', b'x')]`, `[(b'${name}', [REDACTED]), (b'accept', b'x')]`],
      ];
      for (const [text, expected] of forms) expect(redactor.headers(text)).toBe(expected);
    },
  );

  test.each(['Location', 'content-location', 'referer', 'HTTP_REFERER'])(
    'the URL in %s loses its password and its credentials in every form',
    (name) => {
      const url = 'https://ada:hunter2@h.example/a?token=1&b=2#access_token=3';
      const clean = 'https://ada:[REDACTED]@h.example/a?token=[REDACTED]&b=2#access_token=[REDACTED]';
      const forms = [
        (value: string) => JSON.stringify({ [name]: value, Accept: 'x' }),
        (value: string) => JSON.stringify({ [name]: [value, value] }),
        (value: string) => JSON.stringify([name, value, 'Accept', 'x']),
        (value: string) => JSON.stringify([{ key: name, value }]),
        (value: string) => `Host: y\r\n${name}: ${value}\r\nAccept: x`,
        (value: string) => `{'${name}': '${value}', 'Accept': 'x'}`,
      ];
      for (const form of forms) expect(redactor.headers(form(url))).toBe(form(clean));
    },
  );

  test('what is nested too deeply to be walked through is read as lines', () => {
    const deep = `${'['.repeat(200_000)}\nCookie: abc\n${']'.repeat(200_000)}`;
    expect(redactor.headers(deep)).toBe(deep.replace('abc', '[REDACTED]'));
    const json = `${'['.repeat(200_000)}"Cookie: abc"${']'.repeat(200_000)}`;
    expect(redactor.headers(json)).not.toContain('abc');
  });

  test('a secret in a header that carries none by name is replaced too', () => {
    expect(redactor.headers(`{"X-Forwarded-Jwt":"${token}"}`)).toBe('{"X-Forwarded-Jwt":"[REDACTED]"}');
  });
});

test.each([
  ['a JWT', token],
  ['an agent key', `agent_NHu4E6uAqGM8_${'aB3'.repeat(11)}`],
  ['an SDK key', `otas_NHu4E6uAqGM8_${'aB3'.repeat(11)}`],
  ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
  ['a temporary AWS key id', 'ASIAIOSFODNN7EXAMPLE'],
  ['a GitHub token', `ghp_${'aB3d'.repeat(9)}`],
  ['a fine-grained GitHub token', `github_pat_${'a1_B'.repeat(8)}`],
  ['an OpenAI-style key', `sk-proj-${'aB3-'.repeat(8)}x`],
  ['a Stripe key', `sk_live_${'aB3d'.repeat(6)}`],
  ['a restricted Stripe key', `rk_test_${'aB3d'.repeat(6)}`],
  ['a GitLab token', `glpat-${'aB3-'.repeat(5)}`],
  ['a routable GitLab token', `glpat-${'aB3_'.repeat(7)}.01.0w1a2b3c4`],
  ['a token of npm', `npm_${'aB3d'.repeat(9)}`],
  ['a Hugging Face token', `hf_${'aB'.repeat(17)}`],
  ['a restricted Stripe key in use', `rk_live_${'aB3d'.repeat(6)}`],
  ['a Slack token of a bot', 'xoxb-1234567890-aB3'],
  ['a Slack token of a user', 'xoxp-1234567890-aB3'],
  ['a Google key', `AIza${'aB3-_'.repeat(7)}`],
  ['a configured pattern', 'tok-12345'],
])('%s is replaced in texts, JSON and query strings', (_name, secret) => {
  expect(redactor.text(`before ${secret} after`)).toBe('before [REDACTED] after');
  expect(redactor.text(`{"a":"${secret}"}`)).toBe('{"a":"[REDACTED]"}');
  expect(redactor.text(`a=1&key=${secret}&b=2`)).toBe('a=1&key=[REDACTED]&b=2');
  expect(redactor.text(`to=%3D${secret}`)).toBe('to=%3D[REDACTED]');
});

test.each([
  'agent_1 otas_x sk-1 AKIA eyJ ghp_short task-force-of-the-year-2026-and-more',
  'npm_config_cache npm_lifecycle_event npm_package_dependencies_typescript npm_config_registry_of_our_company',
  'hf_hub hf_hub_download HF_HUB_ENABLE_HF_TRANSFER hf_transformers_auto_model_for_causal_lm',
  'glpat glpat-short not-glpat-12345678901234567890 a_npm_123456789012345678901234567890123456',
  'xoxo xox xoxb AIza AIzawa sk_live rk_test_short stripe_sk_live_abcdefghijklmnop',
])('words that only begin like a secret stay: %s', (text) => {
  expect(redactor.text(text)).toBe(text);
});

test('parameters that are named like credentials are replaced in queries, others are not', () => {
  expect(redactor.pairs('a=1&token=2&api%5Fkey=3&page_token_size=4&password=&monkey=5&tok%zz=6')).toBe(
    'a=1&token=[REDACTED]&api%5Fkey=[REDACTED]&page_token_size=4&password=[REDACTED]&monkey=5&tok%zz=6',
  );
  expect(redactor.pairs(`q=${token}`)).toBe('q=[REDACTED]');
});

test('of a URL or a path the password, and credentials in query and fragment, are replaced', () => {
  expect(redactor.url('https://ada:hunter2@h.example/a?sig=1&b=2#id_token=3')).toBe(
    'https://ada:[REDACTED]@h.example/a?sig=[REDACTED]&b=2#id_token=[REDACTED]',
  );
  expect(redactor.url(`/a/${token}?b=1`)).toBe('/a/[REDACTED]?b=1');
  for (const url of ['/a@b:c?d=http://e:f@g', '/token/7', 'https://h.example:8/a@b']) {
    expect(redactor.url(url)).toBe(url);
  }
});

describe('values of agent events', () => {
  const secret = `glpat-${'aB3-'.repeat(5)}`;

  test('lose secrets in the names of members, each of which stays one of its own', () => {
    const other = `hf_${'aB'.repeat(17)}`;
    const value = { a: { [secret]: 1, b: [{ [`of ${other}`]: 2 }], [other]: 3 } };
    expect(redactValue(value, redactor)).toEqual({
      a: { '[REDACTED]': 1, b: [{ 'of [REDACTED]': 2 }], '[REDACTED] 2': 3 },
    });
  });

  test('lose what is a credential in headers only where they are headers', () => {
    const fields = { 'api-key': 'a', next_token: 'b', referer: 'https://h.example/?token=1' };
    const raw = ['X-Auth-Token', 'a', 'Location', '/b?token=1', 'Accept', 'x'];
    const value = { ...fields, headers: fields, rawHeaders: raw, list: raw };
    expect(redactValue(value, redactor)).toEqual({
      ...fields,
      headers: {
        'api-key': '[REDACTED]',
        next_token: '[REDACTED]',
        referer: 'https://h.example/?token=[REDACTED]',
      },
      rawHeaders: ['X-Auth-Token', '[REDACTED]', 'Location', '/b?token=[REDACTED]', 'Accept', 'x'],
      list: raw,
    });
  });

  test('are looked at under the names of their own fields, which always stay', () => {
    const own = new Redactor({ headerNames: [], patterns: ['content'] });
    const sent = { type: 'agent_output', content: 'the content', [secret]: 1, Cookie: 'a', more_content: 2 };
    const json = parseExactJson(JSON.stringify(sent));
    const parsed = parseAgentEventInput(json.value as typeof sent);
    if (!('input' in parsed)) throw new Error('the event does not fit');
    const ids = { projectId: 'p', agentId: 'a', sessionId: 's' };
    const window = { past: 1, future: 1 };
    const made = toAgentEvent(parsed.input, json, ids, 1_000_000, { redactor: own, window }, '');
    expect(made).toMatchObject({
      event: {
        fields: '{"content":"the [REDACTED]","[REDACTED]":1,"Cookie":"[REDACTED]","more_[REDACTED] 2":2}',
        redactedFields: ['content', '[REDACTED]', 'Cookie', 'more_[REDACTED] 2'],
      },
    });
  });

  test('that hold no credential stay the same', () => {
    const value = { a: [{ headers: { accept: 'x' } }, ['b', 1]], c: 'd' };
    expect(redactValue(value, redactor)).toBe(value);
  });
});

test.each([
  ['runs that begin like a JWT', 'eyJ'.repeat(700_000)],
  ['runs that begin like a header', 'x-otas-'.repeat(300_000)],
  ['runs of half headers', 'cookie:"\\'.repeat(200_000)],
  ['runs of spaces', `cookie${' '.repeat(2_000_000)}x`],
  ['runs of keys', 'sk-'.repeat(700_000)],
  ['runs of GitLab tokens', `glpat-${'a'.repeat(20)}.0`.repeat(70_000)],
  ['runs of half npm tokens', 'npm_'.repeat(500_000)],
  ['runs of half Hugging Face tokens', ` hf_${'a'.repeat(30)}`.repeat(60_000)],
  ['runs of endings', 'token-'.repeat(300_000)],
  ['runs of words', 'x-auth-token '.repeat(150_000)],
  ['runs of quoted endings', `"api-key"${' '.repeat(20)},`.repeat(60_000)],
  ['names behind spaces', `${' '.repeat(1_000_000)}token${' '.repeat(1_000_000)}`],
  ['names after commas', `,${' '.repeat(50)}token`.repeat(40_000)],
  ['half URLs', 'referer:"http://a:'.repeat(100_000)],
  ['a long URL', `referer: //${':'.repeat(1_000_000)}?${'token=&'.repeat(140_000)}`],
])('%s, 2 MB of them, take time in proportion to their length', (_name, text) => {
  const beginMs = performance.now();
  redactor.headers(text);
  redactor.url(text);
  // Looked at from each position anew, this would take minutes.
  expect(performance.now() - beginMs).toBeLessThan(3000);
});

test.each(['secret-shapes.ts', 'credential-names.ts', 'redact-url.ts'])(
  'the SDK, which imports nothing of ours, has the same %s',
  (file) => {
    const read = (...folders: string[]) => readFileSync(path.join(__dirname, ...folders, file), 'utf8');
    const own = read('..', 'src', 'capture');
    expect(read('..', '..', '..', 'packages', 'sdk', 'src', 'record').slice(0, own.length)).toBe(own);
  },
);
