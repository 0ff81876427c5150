import { secretShapes } from '../../../packages/sdk/src/record/secret-shapes';
import { builtInShapes, Redactor } from '../src/capture/redactor';

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
  ])('%s stays as it came, to the letter', (text) => {
    expect(redactor.headers(text)).toBe(text);
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
  ['a Slack token', 'xoxb-1234567890-aB3'],
  ['a Google key', `AIza${'aB3-_'.repeat(7)}`],
  ['a configured pattern', 'tok-12345'],
])('%s is replaced in texts, JSON and query strings', (_name, secret) => {
  expect(redactor.text(`before ${secret} after`)).toBe('before [REDACTED] after');
  expect(redactor.text(`{"a":"${secret}"}`)).toBe('{"a":"[REDACTED]"}');
  expect(redactor.text(`a=1&key=${secret}&b=2`)).toBe('a=1&key=[REDACTED]&b=2');
  expect(redactor.text(`to=%3D${secret}`)).toBe('to=%3D[REDACTED]');
});

test('words that only begin like a secret stay', () => {
  const text = 'agent_1 otas_x sk-1 AKIA eyJ ghp_short task-force-of-the-year-2026-and-more';
  expect(redactor.text(text)).toBe(text);
});

test.each([
  ['runs that begin like a JWT', 'eyJ'.repeat(700_000)],
  ['runs that begin like a header', 'x-otas-'.repeat(300_000)],
  ['runs of half headers', 'cookie:"\\'.repeat(200_000)],
  ['runs of spaces', `cookie${' '.repeat(2_000_000)}x`],
  ['runs of keys', 'sk-'.repeat(700_000)],
])('%s, 2 MB of them, take time in proportion to their length', (_name, text) => {
  const beginMs = performance.now();
  redactor.headers(text);
  // Looked at from each position anew, this would take minutes.
  expect(performance.now() - beginMs).toBeLessThan(3000);
});

test('the SDK, which imports nothing of ours, knows the same shapes of secrets', () => {
  expect(secretShapes).toEqual(builtInShapes);
});
