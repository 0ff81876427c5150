import type http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ApiError } from '@otas/errors';
import request from 'supertest';
import {
  anybody,
  authentication,
  createApp,
  createHttpServer,
  createLogger,
  endpoint,
  listen,
  stopListening,
} from '../src';

const bodyMaxBytes = 1000;
let endSlow: () => void = () => undefined;

const endpoints = [
  endpoint({
    methods: ['POST', 'PUT'],
    path: '/echo/',
    authenticate: anybody,
    body: (raw) => raw.json(),
    status: 201,
    description: 'echoed',
    handle: ({ body }) => ({ response: body }),
  }),
  endpoint({
    methods: ['GET'],
    path: '/fail/',
    authenticate: anybody,
    status: 200,
    handle: () => Promise.reject(new Error('secret text of an exception')),
  }),
  endpoint({
    methods: ['GET'],
    path: '/known/',
    authenticate: authentication('nobody', () => Promise.reject(new ApiError('invalid_token'))),
    status: 200,
    handle: () => ({}),
    onError: (error) => new ApiError(error.code, { payload: { response: null } }),
  }),
  endpoint({
    methods: ['GET'],
    path: '/slow/',
    authenticate: anybody,
    status: 200,
    handle: () => new Promise((resolve) => (endSlow = () => resolve({ done: true }))),
  }),
];

const app = createApp({
  endpoints,
  logger: createLogger('test', 'silent'),
  bodyMaxBytes,
  corsOrigins: ['*'],
});
let server: http.Server;
let port: number;

beforeAll(async () => {
  server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 400 });
  port = await listen(server, '127.0.0.1', 0);
});
afterAll(() => stopListening(server, 100));

const echo = (body: string | Buffer, headers: Record<string, string> = {}) =>
  request(server).post('/echo/').set(headers).send(body);

/** Sends raw bytes and gives all that comes back until the connection ends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

function expectJsonError(received: string, status: number, description: string): void {
  const [head = '', body = ''] = received.split('\r\n\r\n');
  expect(head.split(' ')[1]).toBe(String(status));
  expect(head).toMatch(/content-type: application\/json/i);
  expect(head).toMatch(/x-request-id: /i);
  expect(JSON.parse(body)).toEqual({ status: 0, status_description: description });
}

describe('a body', () => {
  test('is read whatever its content type says', async () => {
    const answer = await echo('{"a":1}', { 'Content-Type': 'text/plain' });
    expect([answer.status, answer.body]).toEqual([
      201,
      { status: 1, status_description: 'echoed', response: { a: 1 } },
    ]);
  });

  test('that is empty is an empty object, also with a byte-order mark', async () => {
    expect((await echo('')).body.response).toEqual({});
    expect((await echo(Buffer.from([0xef, 0xbb, 0xbf]))).body.response).toEqual({});
    expect((await echo(Buffer.from('\ufeff{"a":1}'))).body.response).toEqual({ a: 1 });
  });

  test.each([
    ['a word', 'nonsense'],
    ['an array', '[]'],
    ['null', 'null'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":-Infinity}'],
    ['half an object', '{"a":'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['129 levels', `{"a":${'['.repeat(128)}${']'.repeat(128)}}`],
  ])('that is %s is 400 invalid_json', async (_name, body) => {
    const answer = await echo(body);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_json']);
  });

  test('may have 128 levels, and brackets in texts do not count', async () => {
    expect((await echo(`{"a":${'['.repeat(127)}${']'.repeat(127)}}`)).status).toBe(201);
    expect((await echo(JSON.stringify({ a: '[{"'.repeat(150) }))).status).toBe(201);
  });

  test('over the bound is 413 that names the bound, declared or not', async () => {
    const declared = await echo(JSON.stringify({ a: 'x'.repeat(bodyMaxBytes) }));
    expect([declared.status, declared.body]).toMatchObject([
      413,
      { status_description: 'payload_too_large', limit_bytes: bodyMaxBytes },
    ]);
    const chunk = 'y'.repeat(600);
    const chunked = `POST /echo/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const sent = `${chunked}${`258\r\n${chunk}\r\n`.repeat(3)}0\r\n\r\n`;
    expect(await raw(sent)).toContain('payload_too_large');
  });

  test('is unpacked, and refused as soon as it is larger than the bound', async () => {
    const packed = await echo(gzipSync('{"a":2}'), { 'Content-Encoding': 'gzip' });
    expect(packed.body.response).toEqual({ a: 2 });
    const bomb = await echo(gzipSync('x'.repeat(100_000)), { 'Content-Encoding': 'gzip' });
    expect([bomb.status, bomb.body.status_description]).toEqual([413, 'payload_too_large']);
    const broken = await echo(Buffer.from('not gzip'), { 'Content-Encoding': 'gzip' });
    expect([broken.status, broken.body.status_description]).toEqual([400, 'invalid_json']);
    const unknown = await echo('{}', { 'Content-Encoding': 'compress' });
    expect(unknown.status).toBe(415);
  });
});

describe('a path', () => {
  test.each([['/echo'], ['//echo/'], ['///echo'], ['/echo/?a=1']])('%s answers like /echo/', async (path) => {
    expect(
      await raw(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`),
    ).toContain('echoed');
  });

  test.each([['/nowhere'], ['/'], ['/%E0%A4%A'], ['/ECHO/']])('%s is 404 not_found', async (path) => {
    const answer = await request(server).get(path);
    expect([answer.status, answer.body]).toEqual([404, { status: 0, status_description: 'not_found' }]);
  });

  test('with another method is 405, and Allow says which there are', async () => {
    const answer = await request(server).delete('/echo/');
    expect([answer.status, answer.body.status_description]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.allow).toBe('POST, PUT, OPTIONS');
  });
});

describe('an error', () => {
  test('that nobody foresaw is 500 and says nothing of the exception', async () => {
    const answer = await request(server).get('/fail/');
    expect([answer.status, answer.body]).toEqual([500, { status: 0, status_description: 'server_error' }]);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('has the form that its endpoint gives it, also for a wrong method', async () => {
    const body = { status: 0, response: null };
    expect((await request(server).get('/known/')).body).toEqual({
      ...body,
      status_description: 'invalid_token',
    });
    expect((await request(server).post('/known/')).body).toEqual({
      ...body,
      status_description: 'method_not_allowed',
    });
  });
});

test('X-Request-Id is returned when it is fit for a header, and made anew otherwise', async () => {
  const given = await request(server).get('/').set('X-Request-Id', 'run-7');
  expect(given.headers['x-request-id']).toBe('run-7');
  const unfit = await request(server).get('/').set('X-Request-Id', 'x'.repeat(129));
  expect(unfit.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
});

test('a browser may call from every origin with every X-OTAS header, without credentials', async () => {
  const answer = await request(server).options('/echo/').set({
    Origin: 'https://dashboard.example',
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type, x-otas-user-token, x-evil',
  });
  expect(answer.status).toBe(204);
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-max-age': '86400',
    'access-control-allow-methods': 'GET,POST,PUT,DELETE,OPTIONS',
  });
  const allowed = answer.headers['access-control-allow-headers']?.toLowerCase().split(',');
  expect(allowed).toEqual(
    expect.arrayContaining(['content-type', 'authorization', 'x-api-key', 'x-otas-user-token']),
  );
  expect(allowed).not.toContain('x-evil');
  expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
});

describe('what never becomes a request is answered with JSON too', () => {
  test('broken HTTP', async () => expectJsonError(await raw('NONSENSE\r\n\r\n'), 400, 'invalid_request'));

  test('headers over the bound', async () => {
    expectJsonError(await raw(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`), 431, 'headers_too_large');
  });

  test('a request that is sent by halves', async () => {
    const half = 'POST /echo/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"a"';
    expectJsonError(await raw(half), 408, 'request_timeout');
  });

  test('a request without Host', async () => {
    const text = 'GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n';
    expectJsonError(await raw(text), 404, 'not_found');
  });

  test.each(['http://[/x', 'https://x@[::1/known/', 'http://'])(
    'an address that cannot be read: %s',
    async (target) => {
      const text = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      expectJsonError(await raw(text), 404, 'not_found');
    },
  );

  test('a request that was answered before it was whole, and only once', async () => {
    const received = await raw('POST /known/ HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"a":');
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('CONNECT', async () => {
    expectJsonError(await raw('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'), 405, 'method_not_allowed');
  });

  test('an expectation that nobody can meet', async () => {
    const text = 'GET / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n';
    expectJsonError(await raw(text), 417, 'expectation_failed');
  });
});

test('a stop lets a request that is under way finish, and takes no new one', async () => {
  const other = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000 });
  const otherPort = await listen(other, '127.0.0.1', 0);
  const answer = request(`http://127.0.0.1:${otherPort}`)
    .get('/slow/')
    .then((res) => res.body);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = stopListening(other, 5000);
  await expect(request(`http://127.0.0.1:${otherPort}`).get('/slow/')).rejects.toThrow(/ECONNREFUSED/);
  endSlow();
  expect(await answer).toEqual({ status: 1, done: true });
  await stopped;
});

test('a port that is taken is an error at the start', async () => {
  const { port: taken } = server.address() as AddressInfo;
  const second = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 100 });
  await expect(listen(second, '127.0.0.1', taken)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
