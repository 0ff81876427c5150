import { missingRequiredFields, parseBackendEventInput, parseExactJson } from '../src';

const required =
  '"project_id":"0B1E63A2C9F74B6D8E5A1C2D3E4F5A6B","path":"/a","method":"GET","status_code":200';
const base = `${required},"latency_ms":1.5`;

function parse(text: string) {
  const json = parseExactJson(text);
  return parseBackendEventInput(json.value as Record<string, unknown>, json);
}

function inputOf(members: string) {
  const result = parse(`{${base}${members === '' ? '' : `,${members}`}}`);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.input;
}

function faultOf(body: string): string[] {
  const result = parse(body);
  return 'faults' in result ? result.faults.map(({ field }) => field) : [];
}

test('what is left out is null, and a size is 0', () => {
  expect(inputOf('')).toEqual({
    projectId: '0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b',
    path: '/a',
    method: 'GET',
    statusCode: 200,
    latencyMs: 1.5,
    requestSizeBytes: 0,
    responseSizeBytes: 0,
    eventId: null,
    eventTime: null,
    requestHeaders: null,
    requestBody: null,
    queryParams: null,
    postData: null,
    responseHeaders: null,
    responseBody: null,
    requestContentType: null,
    responseContentType: null,
    error: null,
    customProperties: null,
    metadata: null,
  });
});

test('null in an optional field is the same as leaving it out', () => {
  const names = ['request_size_bytes', 'event_id', 'event_time', 'error', 'metadata', 'request_headers'];
  expect(inputOf(names.map((name) => `"${name}":null`).join(','))).toEqual(inputOf(''));
});

test('missing fields are named in the order of the contract, whatever is there', () => {
  expect(missingRequiredFields({ method: null, latency_ms: 'x' })).toEqual([
    'project_id',
    'path',
    'status_code',
  ]);
  expect(missingRequiredFields(Object.create({ path: '/inherited' }))).toHaveLength(5);
});

test('numbers may come as numeric strings', () => {
  const result = parse(`{${base},"status_code":"404","latency_ms":"12.5","request_size_bytes":" 7 "}`);
  expect(result).toMatchObject({ input: { statusCode: 404, latencyMs: 12.5, requestSizeBytes: 7 } });
});

test.each([
  ['status_code', ['"abc"', '""', '1.5', '-1', '65536', 'true', 'null', '[]', '"NaN"', '"0x10"']],
  ['latency_ms', ['"fast"', '-0.1', 'null', '"Infinity"', '"NaN"', '1e999', 'false', '{}']],
  ['request_size_bytes', ['4294967296', '-1', '0.5', '"1e3"', '[1]']],
  ['method', ['""', '"ABCDEFGHIJKLMNOPQRSTU"', '7', 'null', '{}']],
  ['path', ['7', 'null', '{"a":1}', '["/a"]']],
  ['project_id', ['"nope"', '7', 'null', '"0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6"']],
  ['event_id', ['"nope"', '7']],
  ['event_time', ['"nope"', '1776349800', '"2026-02-30T00:00:00Z"']],
])('%s refuses what it cannot hold, by name', (name, values) => {
  for (const value of values) expect(faultOf(`{${base},"${name}":${value}}`)).toEqual([name]);
});

test('a text of very many digits is refused in time that is in proportion to its length', () => {
  const beginMs = performance.now();
  for (const name of ['latency_ms', 'status_code']) {
    for (const digits of ['1', '0', '.0', '1e']) {
      expect(faultOf(`{${base},"${name}":"${digits.repeat(200_000)}x"}`)).toEqual([name]);
    }
  }
  // With two places for each digit to stand in, one of them would take minutes.
  expect(performance.now() - beginMs).toBeLessThan(3000);
});

test('every field that is wrong is named at once', () => {
  expect(faultOf(`{${base},"status_code":"x","path":1,"event_time":"x"}`)).toEqual([
    'path',
    'status_code',
    'event_time',
  ]);
});

test('a fault says what its field must be', () => {
  const members = ['project_id', 'path', 'method', 'status_code', 'latency_ms', 'request_size_bytes'];
  const all = [...members, 'response_size_bytes', 'event_id', 'event_time'];
  expect(parse(`{${all.map((name) => `"${name}":true`).join(',')}}`)).toEqual({
    faults: [
      { field: 'project_id', message: 'must be a UUID' },
      { field: 'path', message: 'must be a string' },
      { field: 'method', message: 'must be a string of 1 to 20 characters' },
      { field: 'status_code', message: 'must be an integer from 0 to 65535' },
      { field: 'latency_ms', message: 'must be a finite number of at least 0' },
      { field: 'request_size_bytes', message: 'must be an integer from 0 to 4294967295' },
      { field: 'response_size_bytes', message: 'must be an integer from 0 to 4294967295' },
      { field: 'event_id', message: 'must be a UUID' },
      { field: 'event_time', message: 'must be an ISO 8601 time with at most six fraction digits' },
    ],
  });
});

test('anything but a string in a text field becomes its JSON text', () => {
  const input = inputOf(
    '"request_headers":{"Accept":"*/*"},"request_body":[1,"a"],"error":false,"post_data":12',
  );
  expect(input).toMatchObject({
    requestHeaders: '{"Accept":"*/*"}',
    requestBody: '[1,"a"]',
    error: 'false',
    postData: '12',
  });
});

test('U+0000 is kept and a lone surrogate becomes U+FFFD', () => {
  expect(inputOf('"request_body":"a\\u0000b\\ud800c","path":"/\\udfff"')).toMatchObject({
    requestBody: 'a\u0000b\ufffdc',
    path: '/\ufffd',
  });
});

test('half of a surrogate pair becomes U+FFFD in JSON too, and what only looks like one stays', () => {
  const sent = '"metadata":{"\\ud800k":["a\\udc00","\\\\ud800","\\\\\\ud83d"],"pair":"\\ud83d\\ude00","n":1}';
  const stored = '{"\ufffdk":["a\ufffd","\\\\ud800","\\\\\ufffd"],"pair":"\u{1F600}","n":1}';
  expect(inputOf(sent).metadata).toBe(stored);
  const big = sent.replace('"n":1', '"n":12345678901234567890');
  expect(inputOf(big).metadata).toBe(stored.replace('"n":1', '"n":12345678901234567890'));
});

test('a method has 1 to 20 characters, whatever they are', () => {
  expect(parse(`{${base},"method":"${'\u{1F600}'.repeat(20)}"}`)).toHaveProperty('input');
  expect(faultOf(`{${base},"method":"${'\u{1F600}'.repeat(21)}"}`)).toEqual(['method']);
});

test('numbers of any size keep their digits in JSON fields, and in text fields that were given JSON', () => {
  const big = '{"id":123456789012345678901234567890,"x":1e400,"y":[0.12345678901234567890]}';
  expect(inputOf(`"metadata":${big},"custom_properties":${big},"request_body":${big}`)).toMatchObject({
    metadata: big,
    customProperties: big,
    requestBody: big,
  });
});

test('a scalar and an empty object are JSON too', () => {
  expect(inputOf('"metadata":0,"custom_properties":{}')).toMatchObject({
    metadata: '0',
    customProperties: '{}',
  });
  expect(inputOf('"metadata":"text"')).toMatchObject({ metadata: '"text"' });
});

test('a key that is given twice counts with its last value, also beside a big number', () => {
  expect(inputOf('"error":"first","error":"last","metadata":{"n":12345678901234567890}').error).toBe('last');
});
