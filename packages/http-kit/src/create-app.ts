import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ApiError } from '@otas/errors';
import express from 'express';
import { BytesBody } from './bytes-body';
import { Cors } from './cors';
import type { MountedEndpoint } from './endpoint';
import { EventStream } from './event-stream';
import { serialise } from './json-text';
import type { CountRequest, RequestLimits } from './limits/request-limits';
import type { Logger } from './logger';
import { clientGoneStatus, type RequestMetrics, type RouteMetrics } from './metrics/request-metrics';
import { PathTemplate } from './path-template';
import { ClientGone } from './read-body';
import { RequestContext } from './request-context';
import type { Tracing } from './tracing/tracing';

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
  /** The body of an error's answer, JSON or a {@link BytesBody}, where it has another form than the usual one; null: the usual one. */
  errorBody?(error: ApiError, context: RequestContext): object | null;
  /** Left out: nothing is limited. */
  readonly limits?: RequestLimits;
  /** Left out: nothing is counted. */
  readonly metrics?: RequestMetrics | undefined;
  /** Left out: there are no traces. */
  readonly tracing?: Tracing | undefined;
}

/** What stands behind every answer of a service. */
interface App extends Pick<AppOptions, 'logger' | 'bodyMaxBytes' | 'toApiError' | 'errorBody' | 'tracing'> {
  readonly cors: Cors;
  /** Counts what is for no route. */
  readonly unrouted: RouteMetrics | null;
}

/** An application that answers every request: the endpoints (with JSON, mostly), or a documented error, as JSON. */
export function createApp(options: AppOptions): RequestListener {
  const unrouted = options.metrics?.of(null) ?? null;
  const app = { ...options, cors: new Cors(options.corsOrigins), unrouted };
  const paths = byPath(options);
  const preflight = app.cors.preflight();
  const others = createExpressApp(paths, app);
  return (req, res) => {
    if (req.method === 'OPTIONS') return preflight(req, res);
    // For a path without parameters one look tells what Express finds by trying one after the other.
    const endpoints = paths.get(pathOf(req.url));
    if (endpoints === undefined) return others(req, res);
    void answer(req, res, choose(endpoints, req.method), app);
  };
}

/** Answers what is unknown, and what is spelled in another way than in the table of paths. */
function createExpressApp(paths: Paths, app: App): RequestListener {
  const others = express();
  others.disable('x-powered-by');
  others.enable('case sensitive routing');
  others.use((req, _res, next) => {
    // A real client doubles the slash when it joins its base URL and the path.
    if (req.url.startsWith('//')) req.url = req.url.replace(/^\/+/, '/');
    next();
  });
  for (const [path, endpoints] of paths) {
    others.all(routeOf(path), (req, res) => void answer(req, res, choose(endpoints, req.method), app));
  }
  others.use((req, res) => void answer(req, res, refuse(new ApiError('not_found')), app));
  const onError: express.ErrorRequestHandler = (error, req, res, _next) => {
    const isClientFault = error?.status >= 400 && error?.status < 500;
    const shown = isClientFault ? new ApiError('invalid_request', { cause: error }) : error;
    void answer(req, res, refuse(shown), app);
  };
  others.use(onError);
  // Without it Express would answer by itself, with a page, where it cannot read the address.
  const serve: (...handled: [...Parameters<RequestListener>, notRead: () => void]) => void = others;
  return (req, res) => serve(req, res, () => void answer(req, res, refuse(new ApiError('not_found')), app));
}

interface LimitedEndpoint extends MountedEndpoint {
  readonly count: CountRequest | null;
  readonly metrics: RouteMetrics | null;
}

type Paths = ReadonlyMap<string, readonly LimitedEndpoint[]>;

/** The endpoints of each path, which is there with its last slash and without. */
function byPath({ endpoints, limits, metrics }: AppOptions): Paths {
  const paths = new Map<string, LimitedEndpoint[]>();
  for (const mounted of endpoints) {
    const route = metrics?.of(mounted.path) ?? null;
    const one = { ...mounted, count: limits?.for(mounted) ?? null, metrics: route };
    const bare = one.path.replace(/\/$/, '');
    for (const path of [bare, `${bare}/`]) paths.set(path, [...(paths.get(path) ?? []), one]);
  }
  return paths;
}

function routeOf(path: string): string | RegExp {
  const template = new PathTemplate(path);
  return template.hasParameters ? template.pattern : path;
}

function pathOf(url = ''): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

interface Runnable extends Pick<MountedEndpoint, 'run' | 'onError'> {
  /** Its route; null: there is none. */
  readonly path: string | null;
  readonly count: CountRequest | null;
  readonly metrics: RouteMetrics | null;
}

function choose(endpoints: readonly LimitedEndpoint[], method = ''): Runnable {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = endpoints.find((one) => (one.methods as readonly string[]).includes(wanted));
  if (found !== undefined) return found;
  const allowed = [...new Set(endpoints.flatMap((one) => one.methods)), 'OPTIONS'];
  const error = new ApiError('method_not_allowed', { headers: { Allow: allowed.join(', ') } });
  return refuse(error, endpoints[0]);
}

/** @param endpoint whose path was asked for; left out: there is none */
function refuse(error: unknown, endpoint?: LimitedEndpoint): Runnable {
  const { path = null, onError, metrics = null } = endpoint ?? {};
  return { path, onError, metrics, count: null, run: () => Promise.reject(error) };
}

function answer(req: IncomingMessage, res: ServerResponse, runnable: Runnable, app: App): Promise<void> {
  const { path } = runnable;
  const work = (): Promise<void> => answerUntraced(req, res, runnable, app);
  // Of whoever asks every few seconds whether the service is well, nobody wants traces.
  if (app.tracing === undefined || path === '/healthz' || path === '/readyz') return work();
  return app.tracing.serve(req, res, path, work);
}

async function answerUntraced(
  req: IncomingMessage,
  res: ServerResponse,
  runnable: Runnable,
  app: App,
): Promise<void> {
  let isStream = false;
  const startedAt = performance.now();
  const context = new RequestContext(req, app);
  try {
    runnable.count?.(context);
    const { status, body, headers = {} } = await runnable.run(context);
    isStream = body instanceof EventStream;
    if (body instanceof EventStream) await body.answer(res, status, commonHeaders(app, context));
    else send(res, app, context, status, body, headers);
  } catch (error) {
    if (error instanceof ClientGone) return;
    const known = error instanceof ApiError ? error : app.toApiError?.(error);
    const shown = known ?? new ApiError('server_error', { cause: error });
    const final = runnable.onError?.(shown) ?? shown;
    const shownBody = app.errorBody?.(final, context) ?? errorBody(final);
    send(res, app, context, final.status, shownBody, final.headers);
    if (final.status >= 500) app.logger.error({ ...summary(context, final.status), err: error }, final.code);
  } finally {
    const tookMs = performance.now() - startedAt;
    const ms = Math.round(tookMs * 10) / 10;
    const status = res.headersSent ? res.statusCode : clientGoneStatus;
    (runnable.metrics ?? app.unrouted)?.add(req.method ?? '', status, isStream ? null : tookMs);
    const level = res.statusCode >= 400 ? 'info' : 'debug';
    if (app.logger.isLevelEnabled(level)) {
      app.logger[level]({ ...summary(context, res.statusCode), ms }, 'request');
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

/** Names and values by turns. */
function commonHeaders(app: App, context: RequestContext): string[] {
  return [...app.cors.headersFor(context.req), ...context.limitHeaders, 'X-Request-Id', context.requestId];
}

function send(
  res: ServerResponse,
  app: App,
  context: RequestContext,
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>>,
): void {
  if (res.headersSent || res.destroyed) return;
  const shared = [...commonHeaders(app, context), ...Object.entries(headers).flat()];
  if (body === null) {
    res.writeHead(status, shared).end();
    return;
  }
  const [type, text] =
    body instanceof BytesBody ? [body.contentType, body.bytes] : ['application/json', serialise(body)];
  const length = String(Buffer.byteLength(text));
  res.writeHead(status, [...shared, 'Content-Type', type, 'Content-Length', length]);
  // A text leaves in one write with its head; bytes would be a write of their own.
  res.end(context.req.method === 'HEAD' ? undefined : text);
}
