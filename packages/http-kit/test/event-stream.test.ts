import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  anybody,
  createApp,
  createHttpServer,
  createLogger,
  EventStream,
  type EventStreamWriter,
  endpoint,
  formatServerSentEvent,
  listen,
  stopListening,
} from '../src';

let server: http.Server;
let port: number;
let run: (writer: EventStreamWriter) => Promise<void>;
let ended: Promise<unknown>;

beforeAll(async () => {
  const app = createApp({
    endpoints: [
      endpoint({
        methods: ['GET'],
        path: '/stream/',
        authenticate: anybody,
        status: 200,
        handle: ({ context }) =>
          new EventStream({
            stalledMs: 300,
            ...(context.query().has('file') && { contentType: 'text/csv; charset=utf-8' }),
            run: (writer) => {
              const running = run(writer);
              ended = running.catch((error: Error) => error.message);
              return running;
            },
          }),
      }),
    ],
    logger: createLogger('test', 'silent'),
    bodyMaxBytes: 1000,
    corsOrigins: ['*'],
  });
  server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 400 });
  port = await listen(server, '127.0.0.1', 0);
});
afterAll(() => stopListening(server, 100));

const url = () => `http://127.0.0.1:${port}/stream/`;

test('what is written comes as it is written, with the headers of every answer, until the end', async () => {
  let finish: () => void = () => undefined;
  run = async (writer) => {
    await writer.write(formatServerSentEvent('{"a":\r\n1}', { id: 'x', event: 'y' }));
    await new Promise<void>((resolve) => (finish = resolve));
  };
  const response = await fetch(url(), { headers: { 'X-Request-Id': 'mine' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('x-request-id')).toBe('mine');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = await reader.read();
  expect(Buffer.from(first.value as Uint8Array).toString()).toBe('id: x\nevent: y\ndata: {"a":  1}\n\n');
  finish();
  expect((await reader.read()).done).toBe(true);
});

test('an error after the begin ends the stream', async () => {
  run = async (writer) => {
    await writer.write(': begin\n\n');
    throw new Error('secret text of an exception');
  };
  const response = await fetch(url());
  expect([response.status, await response.text()]).toEqual([200, ': begin\n\n']);
});

test('a file that is cut is told from a whole one, by fetch too', async () => {
  run = (writer) => writer.write('a,b\n');
  expect(await (await fetch(`${url()}?file`)).text()).toBe('a,b\n');
  run = async (writer) => {
    await writer.write('a,b\n');
    await sleep(50);
    writer.cut();
  };
  const cut = await fetch(`${url()}?file`);
  await expect(cut.text()).rejects.toThrow();
});

test('HEAD is answered without a body, and the writer is closed', async () => {
  run = (writer) => writer.write('data: 1\n\n');
  const response = await fetch(url(), { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(await ended).toBe('the client of the stream has gone');
});

test('a client that goes away closes the writer', async () => {
  const begun = new Promise<EventStreamWriter>((resolve) => {
    run = async (writer) => {
      await writer.write(': begin\n\n');
      resolve(writer);
      await new Promise((close) => writer.closed.addEventListener('abort', close));
      await writer.write(': too late\n\n');
    };
  });
  const request = http.get(url());
  request.on('error', () => undefined);
  await begun;
  request.destroy();
  expect(await ended).toBe('the client of the stream has gone');
});

test('a client that does not read is waited for, then cut', async () => {
  let written = 0;
  const begun = new Promise<void>((resolve) => {
    run = async (writer) => {
      resolve();
      for (; written < 1000; written++) await writer.write(`: ${'x'.repeat(1_000_000)}\n\n`);
    };
  });
  const socket = net.connect(port, '127.0.0.1', () => {
    socket.write('GET /stream/ HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
  });
  socket.on('error', () => undefined);
  await begun;
  await sleep(100);
  const writtenBefore = written;
  expect(writtenBefore).toBeLessThan(100);
  const startedAt = performance.now();
  expect(await ended).toBe('the client of the stream has gone');
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(written).toBe(writtenBefore);
  socket.destroy();
});
