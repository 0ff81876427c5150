import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '@otas/errors';
import cors from 'cors';
import express from 'express';
import type { MountedEndpoint } from './endpoint';
import { EventStream } from './event-stream';
import { serialise } from './json-text';
import type { Logger } from './logger';
import { ClientGone } from './read-body';
import { RequestContext } from './request-context';

export interface AppOptions {
  /** Every route of the service. */
  readonly endpoints: readonly MountedEndpoint[];
  readonly logger: Logger;
  /** Inclusive bound on a request's body in bytes, after decompression. */
  readonly bodyMaxBytes: number;
  /** Origins that a browser may call from; `['*']` is every origin. Credentials are never allowed. */
  readonly corsOrigins: readonly string[];
  /** Turns an error of a store or an upstream into its public answer; null: not known, so 500 `server_error`. */
  toApiError?(error: unknown): ApiError | null;
}

const allowedHeaders = [
  'Content-Type',
  'Authorization',
  'X-API-Key',
  'X-Request-Id',
  'Last-Event-ID',
  'traceparent',
];
const exposedHeaders = ['X-Request-Id', 'Retry-After'];

/** An Express application that answers every request with JSON: the endpoints, or a documented error. */
export function createApp(options: AppOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.use((req, _res, next) => {
    // A real client doubles the slash when it joins its base URL and the path.
    if (req.url.startsWith('//')) req.url = req.url.replace(/^\/+/, '/');
    next();
  });
  app.use(corsFor(options.corsOrigins));
  for (const [path, endpoints] of byPath(options.endpoints)) {
    app.all(path, (req, res) => void answer(req, res, choose(endpoints, req.method), options));
  }
  app.use((req, res) => void answer(req, res, refuse(new ApiError('not_found')), options));
  const onError: express.ErrorRequestHandler = (error, req, res, _next) => {
    const isClientFault = error?.status >= 400 && error?.status < 500;
    const shown = isClientFault ? new ApiError('invalid_request', { cause: error }) : error;
    void answer(req, res, refuse(shown), options);
  };
  app.use(onError);
  return app;
}

function corsFor(origins: readonly string[]): express.RequestHandler {
  const shared = {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    exposedHeaders,
    maxAge: 24 * 60 * 60,
    optionsSuccessStatus: 204,
  };
  return cors((req, done) => {
    const requested = String(req.headers['access-control-request-headers'] ?? '').split(',');
    const otasHeaders = requested
      .map((name) => name.trim())
      .filter((name) => /^x-otas-[a-z0-9-]{1,64}$/i.test(name));
    done(null, { ...shared, allowedHeaders: [...allowedHeaders, ...otasHeaders] });
  });
}

function byPath(endpoints: readonly MountedEndpoint[]): Map<string, MountedEndpoint[]> {
  const paths = new Map<string, MountedEndpoint[]>();
  for (const one of endpoints) paths.set(one.path, [...(paths.get(one.path) ?? []), one]);
  return paths;
}

type Runnable = Pick<MountedEndpoint, 'run' | 'onError'>;

function choose(endpoints: readonly MountedEndpoint[], method: string): Runnable {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = endpoints.find((one) => (one.methods as readonly string[]).includes(wanted));
  if (found !== undefined) return found;
  const allowed = [...new Set(endpoints.flatMap((one) => one.methods)), 'OPTIONS'];
  const error = new ApiError('method_not_allowed', { headers: { Allow: allowed.join(', ') } });
  return refuse(error, endpoints[0]?.onError);
}

function refuse(error: unknown, onError?: MountedEndpoint['onError']): Runnable {
  return { onError, run: () => Promise.reject(error) };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  runnable: Runnable,
  options: AppOptions,
): Promise<void> {
  const startedAt = performance.now();
  const context = new RequestContext(req, options);
  try {
    const { status, body } = await runnable.run(context);
    if (body instanceof EventStream) await body.answer(res, status, ['X-Request-Id', context.requestId]);
    else send(res, context, status, body, {});
  } catch (error) {
    if (error instanceof ClientGone) return;
    const known = error instanceof ApiError ? error : options.toApiError?.(error);
    const shown = known ?? new ApiError('server_error', { cause: error });
    const final = runnable.onError?.(shown) ?? shown;
    send(res, context, final.status, errorBody(final), final.headers);
    if (final.status >= 500)
      options.logger.error({ ...summary(context, final.status), err: error }, final.code);
  } finally {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const level = res.statusCode >= 400 ? 'info' : 'debug';
    if (options.logger.isLevelEnabled(level)) {
      options.logger[level]({ ...summary(context, res.statusCode), ms }, 'request');
    }
  }
}

function errorBody(error: ApiError): object {
  return { status: 0, status_description: error.description, ...error.payload };
}

function summary(context: RequestContext, status: number): object {
  const path = (context.req.url ?? '').split('?', 1)[0]?.slice(0, 200);
  return { requestId: context.requestId, method: context.req.method, path, status };
}

function send(
  res: ServerResponse,
  context: RequestContext,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>>,
): void {
  if (res.headersSent || res.destroyed) return;
  const bytes = Buffer.from(serialise(body));
  res.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    'X-Request-Id': context.requestId,
  });
  res.end(context.req.method === 'HEAD' ? undefined : bytes);
}
