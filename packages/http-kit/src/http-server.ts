import http from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, type ErrorCode } from '@otas/errors';
import { newRequestId, RequestContext } from './request-context';

export interface HttpServerOptions {
  /** Bound on all headers of a request together, in bytes; past it 431 `headers_too_large`. */
  readonly headersMaxBytes: number;
  /** How long a client may take to send one whole request, in milliseconds; past it 408 `request_timeout`. */
  readonly requestTimeoutMs: number;
  /** As in `AppOptions`, for a request whose head has arrived. */
  errorBody?(error: ApiError, context: RequestContext): object | null;
}

/**
 * An HTTP server around an application, in which also those faults are answered with JSON that never reach the
 * application: broken HTTP, headers too large, a request sent by halves, an expectation we cannot meet, CONNECT.
 */
export function createHttpServer(app: http.RequestListener, options: HttpServerOptions): http.Server {
  const server = http.createServer(
    {
      maxHeaderSize: options.headersMaxBytes,
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: options.requestTimeoutMs,
      // The application's own answer is JSON; Node's would be empty.
      requireHostHeader: false,
      // Longer than the idle timeout of the usual load balancers, which must be the first to close.
      keepAliveTimeout: 75_000,
      connectionsCheckingInterval: Math.min(1000, options.requestTimeoutMs),
    },
    app,
  );
  const refuse = (socket: Duplex, code: ErrorCode, req: http.IncomingMessage | null): void => {
    const error = new ApiError(code);
    const context = req === null ? null : new RequestContext(req, { bodyMaxBytes: 0 });
    const special = context === null ? null : options.errorBody?.(error, context);
    const usual = { status: 0, status_description: error.description };
    refuseRaw(socket, error, context?.requestId ?? newRequestId(), special ?? usual);
  };
  const answers = new WeakMap<Duplex, http.ServerResponse>();
  server.on('request', (req, res) => answers.set(req.socket, res));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    // A request may be answered before its body has arrived; what is wrong with the rest then concerns nobody.
    const isAnswered = answer?.headersSent && !answer.req.complete;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswered) socket.destroy();
    else refuse(socket, codeOf(error), answer?.req.complete === false ? answer.req : null);
  });
  server.on('checkExpectation', (req: http.IncomingMessage, res: http.ServerResponse) => {
    refuse(res.socket ?? req.socket, 'expectation_failed', req);
  });
  server.on('connect', (_req, socket) => refuse(socket, 'method_not_allowed', null));
  return server;
}

function codeOf(error: NodeJS.ErrnoException): ErrorCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return 'invalid_request';
}

function refuseRaw(socket: Duplex, error: ApiError, requestId: string, content: object): void {
  const body = JSON.stringify(content);
  const head = [
    `HTTP/1.1 ${error.status} ${http.STATUS_CODES[error.status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(error.code === 'method_not_allowed' ? ['Allow: GET, POST, PUT, DELETE, OPTIONS'] : []),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Listens, and gives the port; `port` 0 takes any free one. Rejects when the port is taken. */
export function listen(server: http.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * From now on every answer ends its connection, so that clients which keep theirs have left before the port is closed: a
 * request on a kept connection that is just being closed gets no answer.
 */
export function endConnections(server: http.Server): void {
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'));
}

/**
 * Takes no new connection, lets the requests that are under way finish, and closes every connection; those that have
 * not finished within `graceMs` milliseconds are cut.
 */
export async function stopListening(server: http.Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection becomes idle only after its answer, and Node closes those by itself only on the next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
