import type http from 'node:http';
import net from 'node:net';
import { ApiError } from '@otas/errors';
import {
  anybody,
  authentication,
  createApp,
  createHttpServer,
  createLogger,
  endpoint,
  type Logger,
} from '../../src';

const echo = endpoint({
  methods: ['POST', 'PUT'],
  path: '/echo/',
  authenticate: anybody,
  body: (raw) => raw.json(),
  status: 201,
  description: 'echoed',
  handle: ({ body }) => ({ response: body }),
});

const slow = endpoint({
  methods: ['POST'],
  path: '/slow/',
  authenticate: authentication(
    'anybody',
    (context) => new Promise<void>((resolve) => context.req.on('close', () => resolve())),
  ),
  body: (raw) => raw.json(),
  status: 201,
  handle: () => ({}),
});

const refused = endpoint({
  methods: ['GET'],
  path: '/refused/',
  authenticate: authentication('nobody', () => Promise.reject(new ApiError('invalid_token'))),
  status: 200,
  handle: () => ({}),
  onError: (error) => new ApiError(error.code, { payload: { response: null } }),
});

const ping = endpoint({
  methods: ['GET'],
  path: '/ping',
  authenticate: anybody,
  query: (parameters) => parameters.getAll('a'),
  status: 200,
  handle: ({ query }) => ({ query }),
});

/**
 * A server with `POST /echo/`, `GET /refused/`, `GET /ping`, and `POST /slow/`, which reads no body before its client has
 * gone; it does not listen yet.
 */
export function echoServer(options: { corsOrigins?: readonly string[]; logger?: Logger } = {}): http.Server {
  const app = createApp({
    endpoints: [echo, slow, refused, ping],
    logger: options.logger ?? createLogger('test', 'silent'),
    bodyMaxBytes: 1000,
    corsOrigins: options.corsOrigins ?? ['*'],
  });
  return createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000 });
}

/** Sends raw bytes and gives all that comes back until the connection ends. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}
