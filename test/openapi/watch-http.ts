import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import type { Exchange, OnExchange } from './exchange';

/** Calls `onExchange` for each answer that comes through `node:http`, of which supertest is made; gives what ends that. */
export function watchHttp(onExchange: OnExchange): () => void {
  const { request, get } = http;
  // Modules of Node.js are the same object in every test file.
  http.request = ((...args: Parameters<typeof http.request>) =>
    watch(request(...args), onExchange)) as typeof request;
  http.get = ((...args: Parameters<typeof http.get>) => {
    const made = watch(request(...args), onExchange);
    made.end();
    return made;
  }) as typeof get;
  return () => Object.assign(http, { request, get });
}

function watch(request: ClientRequest, onExchange: OnExchange): ClientRequest {
  const sent = watchWrites(request);
  request.prependOnceListener('response', (response: IncomingMessage) => {
    const received = watchData(response);
    response.once('end', () => onExchange(exchangeOf(request, sent(), response, received())));
  });
  return request;
}

/** Collects what is written, without changing how. */
function watchWrites(request: ClientRequest): () => string {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  const { write, end } = request;
  request.write = ((...args: Parameters<typeof write>) => {
    keep(args[0]);
    return write.apply(request, args);
  }) as typeof write;
  request.end = ((...args: Parameters<typeof end>) => {
    keep(args[0]);
    return end.apply(request, args);
  }) as typeof end;
  return () => Buffer.concat(chunks).toString();
}

/** Collects what is read, without reading by itself. */
function watchData(response: IncomingMessage): () => string {
  const chunks: Buffer[] = [];
  const { emit } = response;
  response.emit = ((name: string, ...args: unknown[]) => {
    if (name === 'data') chunks.push(Buffer.from(args[0] as string));
    return emit.call(response, name, ...args);
  }) as typeof emit;
  return () => Buffer.concat(chunks).toString();
}

function exchangeOf(
  request: ClientRequest,
  sent: string,
  response: IncomingMessage,
  received: string,
): Exchange {
  const headers = texts(response.headers);
  const isFile = !(headers['content-type'] ?? 'application/json').startsWith('application/json');
  return {
    method: request.method,
    target: request.path,
    requestHeaders: texts(request.getHeaders()),
    requestBody: sent,
    status: response.statusCode ?? 0,
    headers,
    body: isFile ? null : received,
  };
}

function texts(headers: http.OutgoingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
