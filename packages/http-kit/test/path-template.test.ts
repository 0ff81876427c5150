import type http from 'node:http';
import net from 'node:net';
import { ApiError } from '@otas/errors';
import request from 'supertest';
import {
  type AppOptions,
  anybody,
  createApp,
  createHttpServer,
  createLogger,
  endpoint,
  JsonText,
  listen,
  PlainAnswer,
  stopListening,
} from '../src';

const answers: Record<string, PlainAnswer> = {
  object: new PlainAnswer(200, { a: 1 }),
  text: new PlainAnswer(201, new JsonText('{"n":12345678901234567890}')),
  nothing: new PlainAnswer(204, null),
};

const endpoints = [
  endpoint({
    methods: ['GET', 'DELETE'],
    path: '/v9/things/{thing_key}/parts/{part_key}',
    authenticate: anybody,
    status: 200,
    handle: ({ context }) =>
      new PlainAnswer(200, {
        thing: context.pathParameter('thing_key'),
        part: context.pathParameter('part_key'),
        q: context.query().get('q'),
      }),
  }),
  endpoint({
    methods: ['POST'],
    path: '/v9/things/{thing_key}',
    authenticate: anybody,
    body: (raw) => raw.json(),
    status: 200,
    handle: () => ({}),
  }),
  endpoint({
    methods: ['GET'],
    path: '/v9/exact',
    authenticate: anybody,
    status: 200,
    handle: ({ context }) => new PlainAnswer(200, { none: context.pathParameter('thing_key') }),
  }),
  ...Object.entries(answers).map(([name, answer]) =>
    endpoint({
      methods: ['GET'],
      path: `/plain/${name}/`,
      authenticate: anybody,
      status: 200,
      handle: () => answer,
    }),
  ),
];

const errorBody: AppOptions['errorBody'] = (error, context) =>
  context.path().startsWith('/v9/') ? { code: error.code, id: context.requestId } : null;

let server: http.Server;
let url: string;
beforeAll(async () => {
  const app = createApp({
    endpoints,
    logger: createLogger('test', 'silent'),
    bodyMaxBytes: 100,
    corsOrigins: ['*'],
    errorBody,
  });
  server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 400, errorBody });
  url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
});
afterAll(() => stopListening(server, 100));

const get = (path: string) => request(url).get(path);

test.each([
  ['/v9/things/t/parts/p', 't', 'p'],
  ['/v9/things/t/parts/p/', 't', 'p'],
  ['//v9/things/t/parts/p', 't', 'p'],
  ['/v9/things/a%20b/parts/%C3%BC', 'a b', 'ü'],
  ['/v9/things/a%2Fb/parts/..%2F', 'a/b', '../'],
  ['/v9/things/%E0%A4%A/parts/%', '%E0%A4%A', '%'],
  ['/v9/things/{thing_key}/parts/$&', '{thing_key}', '$&'],
])('the parameters of %s are %j and %j', async (path, thing, part) => {
  const answer = await get(`${path}?q=1`);
  expect([answer.status, answer.body]).toEqual([200, { thing, part, q: '1' }]);
});

test.each([
  '/v9/things//parts/p',
  '/v9/things/t/parts',
  '/v9/things/t/parts/p/q',
  '/V9/things/t/parts/p',
  '/v9/thingsX/t',
])('%s is not found', async (path) => expect((await get(path)).status).toBe(404));

test('a parameter that the path does not have is a fault of ours', async () => {
  expect((await get('/v9/exact')).status).toBe(500);
});

test('a plain answer has its own body, or none', async () => {
  const object = await get('/plain/object');
  expect([object.status, object.text]).toEqual([200, '{"a":1}']);
  const text = await get('/plain/text');
  expect([text.status, text.text]).toEqual([201, '{"n":12345678901234567890}']);
  const nothing = await get('/plain/nothing');
  expect([nothing.status, nothing.text]).toEqual([204, '']);
  expect(nothing.headers).not.toHaveProperty('content-type');
  expect(nothing.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
});

test('errors have the form that the application gives them, whatever found them', async () => {
  const form = (code: string) => ({ code, id: expect.any(String) });
  const unknown = await get('/v9/nowhere');
  expect([unknown.status, unknown.body]).toEqual([404, form('not_found')]);
  const method = await request(url).put('/v9/things/t/parts/p');
  expect([method.status, method.body]).toEqual([405, form('method_not_allowed')]);
  expect(method.headers.allow).toBe('GET, DELETE, OPTIONS');
  const large = await request(url).post('/v9/things/t').send('x'.repeat(200));
  expect([large.status, large.body]).toEqual([413, form('payload_too_large')]);
  const broken = await request(url).post('/v9/things/t').send('{');
  expect([broken.status, broken.body]).toEqual([400, form('invalid_json')]);
  const elsewhere = await get('/nowhere');
  expect(elsewhere.body).toEqual({ status: 0, status_description: new ApiError('not_found').description });
});

test('so have those that never reach the application', async () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      let received = '';
      socket.on('data', (chunk) => (received += chunk));
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
  const half = 'HTTP/1.1\r\nHost: x\r\nX-Request-Id: run-7\r\nContent-Length: 10\r\n\r\n{"a"';
  const received = await raw(`POST /v9/things/t ${half}`);
  expect(received).toMatch(/^HTTP\/1\.1 408 /);
  expect(received).toContain('{"code":"request_timeout","id":"run-7"}');
  expect(await raw(`POST /plain/object ${half}`)).toContain('"method_not_allowed"');
  const magic = 'HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n';
  expect(await raw(`GET /v9/things/t ${magic}`)).toContain('"code":"expectation_failed"');
  expect(await raw(`GET /plain/object ${magic}`)).toContain('"status_description":"expectation_failed"');
});
