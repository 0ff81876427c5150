import { attributes } from '../../../test/otlp-attributes';
import { Redactor } from '../src/capture/redactor';
import { eventIdOf } from '../src/otlp/event-id';
import { httpSpanBody, isHttpSpan } from '../src/otlp/http-span';
import { readSpan } from './support/read-span';

const redactor = new Redactor({ headerNames: [], patterns: [] });
const bodyOf = (...span: Parameters<typeof readSpan>) => httpSpanBody(readSpan(...span), redactor);

test('the conventions of today and those before say the same call', () => {
  const call = {
    method: 'POST',
    path: '/orders/7',
    query_params: 'a=1&b=2',
    status_code: 201,
    latency_ms: 20,
    event_time: '2026-01-01T00:00:00.000001+00:00',
    request_size_bytes: 12,
    response_size_bytes: 34,
    request_headers: { 'content-type': 'application/json', accept: ['a', 'b'] },
    response_headers: { 'content-type': 'text/plain' },
    request_content_type: 'application/json',
    response_content_type: 'text/plain',
    error: null,
  };
  const today = bodyOf({
    'http.request.method': 'POST',
    'url.full': 'https://shop.example/orders/7?a=1&b=2#part',
    'http.response.status_code': 201,
    'http.request.body.size': 12,
    'http.response.body.size': 34,
    'http.request.header.content-type': ['application/json'],
    'http.request.header.accept': ['a', 'b'],
    'http.response.header.content-type': ['text/plain'],
  });
  expect(today).toMatchObject(call);
  const before = bodyOf({
    'http.method': 'POST',
    'http.url': 'https://shop.example/other',
    'http.target': '/orders/7?a=1&b=2',
    'http.status_code': '201',
    'http.request_content_length': '12',
    'http.response_content_length': 34,
    'http.request.header.content_type': 'application/json',
  });
  expect(before).toMatchObject({
    ...{ ...call, status_code: '201', response_headers: null, response_content_type: null },
    request_headers: { content_type: 'application/json' },
  });
});

test.each([
  ['of the path and the query', { 'url.path': '/a', 'url.query': '?x=1' }, '/a', 'x=1'],
  ['of the path before the whole', { 'url.path': '/a', 'url.full': 'http://h/b?y=2' }, '/a', null],
  ['of the whole without a path', { 'url.full': 'HTTPS://h:8?y=2' }, '/', 'y=2'],
  ['of the route where there is nothing else', { 'http.route': '/users/{id}' }, '/users/{id}', null],
  ['of nothing', {}, '/', null],
  ['of the wrong types', { 'url.path': 5, 'url.full': ['x'], 'url.query': true }, '/', null],
])('the path is that %s', (_of, named, path, query_params) => {
  expect(bodyOf({ 'http.request.method': 'GET', ...named })).toMatchObject({ path, query_params });
});

test('a method that the library does not know is the one that was sent', () => {
  const named = { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE' };
  expect(bodyOf(named).method).toBe('PURGE');
});

test('a call without an answer has status 0, and one whose end is missing took no time', () => {
  const body = bodyOf({ 'http.method': 'GET' }, { endTimeUnixNano: null });
  expect(body).toMatchObject({ status_code: 0, latency_ms: 0 });
});

test('the error is the exception, or else the message, or else the type', () => {
  const exception = {
    name: 'exception',
    attributes: attributes({ 'exception.type': 'TypeError', 'exception.message': 'fetch failed' }),
  };
  const status = { code: 2, message: 'refused' };
  const named = { 'http.method': 'GET', 'error.type': '500' };
  expect(bodyOf(named, { events: [exception], status }).error).toBe('TypeError: fetch failed');
  expect(bodyOf(named, { status }).error).toBe('refused');
  expect(bodyOf(named, { status: { code: 'STATUS_CODE_ERROR' } }).error).toBe('500');
  expect(bodyOf({ 'http.method': 'GET' }, { status: { code: 1, message: 'ok' } }).error).toBeNull();
});

test('what is left of the span stands in the metadata, with every digit, and of the resource who it is', () => {
  const own = {
    'http.method': 'GET',
    'http.url': 'http://h/',
    retries: 2,
    ratio: 0.5,
    tags: ['a', { b: true }],
  };
  const more = {
    parentSpanId: '00f067aa0ba902b7',
    attributes: [...attributes(own), { key: 'big', value: { intValue: '9007199254740993' } }],
    events: [{ name: 'retry', timeUnixNano: '1767225600000000000', attributes: attributes({ n: 1 }) }],
    unknown: { field: true },
  };
  const body = bodyOf(own, more, { 'service.name': 'shop', 'process.command_args': ['--token'] });
  expect(body.metadata).toEqual({
    otel: {
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      parent_span_id: '00f067aa0ba902b7',
      name: 'span',
      kind: 'client',
      attributes: {
        'http.url': 'http://h/',
        retries: 2,
        ratio: 0.5,
        tags: ['a', { b: true }],
        big: 9007199254740993n,
      },
      events: [{ name: 'retry', time: '2026-01-01T00:00:00.000000+00:00', attributes: { n: 1 } }],
      scope: { name: 'lib', version: '1.0' },
      resource: { 'service.name': 'shop' },
    },
  });
});

test('of a URL, a query and a header in attributes, credentials are taken out by their names', () => {
  const body = bodyOf({
    'http.method': 'GET',
    'url.full': 'https://ada:pw@h/?token=1&b=2',
    'http.url': 'https://h/?token=1',
    'url.fragment': 'access_token=1',
    'rpc.request.metadata.api-key': ['k'],
    'rpc.response.metadata.location': ['/?sig=1'],
    'llm.token': 't',
  });
  expect(body.metadata).toMatchObject({
    otel: {
      attributes: {
        'url.full': 'https://ada:[REDACTED]@h/?token=[REDACTED]&b=2',
        'http.url': 'https://h/?token=[REDACTED]',
        'url.fragment': 'access_token=[REDACTED]',
        'rpc.request.metadata.api-key': '[REDACTED]',
        'rpc.response.metadata.location': ['/?sig=[REDACTED]'],
        'llm.token': 't',
      },
    },
  });
});

test('only spans of clients and servers with a method are calls', () => {
  const method = { 'http.request.method': 'GET' };
  const kinds = [1, 2, 3, 4, 5, 'SPAN_KIND_SERVER', 'SPAN_KIND_INTERNAL', 'OTHER', null];
  expect(kinds.map((kind) => isHttpSpan(readSpan(method, { kind })))).toEqual([
    ...[false, true, true, false, false],
    ...[true, false, false, false],
  ]);
  expect(isHttpSpan(readSpan({ 'db.system': 'x' }))).toBe(false);
});

test('an id is the same for the same span, and another for all else', () => {
  const [one, session] = [readSpan({}), '018f0000-0000-7000-8000-000000000000'];
  const id = eventIdOf(one, session, 'call');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const upper = readSpan({}, { traceId: one.traceId.toUpperCase(), spanId: one.spanId.toUpperCase() });
  expect(eventIdOf(upper, session, 'call')).toBe(id);
  const others = [
    eventIdOf(one, session, 'tool_input'),
    eventIdOf(readSpan({}, { spanId: 'b7ad6b7169203332' }), session, 'call'),
    eventIdOf(readSpan({}, { traceId: '0af7651916cd43dd8448eb211c80319d' }), session, 'call'),
    eventIdOf(one, '018f0000-0000-7000-8000-000000000001', 'call'),
  ];
  expect(new Set([id, ...others]).size).toBe(5);
});
