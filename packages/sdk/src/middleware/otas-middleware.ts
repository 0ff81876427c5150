import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Stats } from '../delivery/stats';
import { createRecorder, type RecorderOptions } from '../session/create-recorder';
import { guard } from '../session-context';
import { Exchanges } from './exchanges';

/** How Express, and whatever takes its middleware, calls one. */
type Next = (error?: unknown) => void;

/** What the plugin needs of Fastify. */
interface FastifyLike {
  // biome-ignore lint/suspicious/noExplicitAny: the types of a hook are Fastify's own, which need not be installed.
  addHook(name: any, hook: any): unknown;
}

/** What is used of Koa's context. */
interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** The key of the project and where its events go; see the README. */
export type OtasMiddlewareOptions = RecorderOptions;

/** Records what agents ask of a back end. It is Express middleware itself, and has the same for others. */
export interface OtasMiddleware {
  /** For Express 4 and 5, Connect, and what is like them: `app.use(otas)`, before what reads bodies. */
  (req: IncomingMessage, res: ServerResponse, next: Next): void;
  /** For Express, after all routes: `app.use(otas.errors)`. Notes what a handler threw, and hands it on. */
  readonly errors: (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;
  /** For `node:http`: the listener to give to `createServer`. */
  listener<Listener extends RequestListener>(listener: Listener): Listener;
  /** For Fastify: `app.register(otas.fastify)`. */
  readonly fastify: (app: FastifyLike, options: unknown, done: () => void) => void;
  /** For Koa: `app.use(otas.koa)`, as the first. */
  readonly koa: (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown>;
  /** Sends what waits. @returns true when nothing waits any more, false when the time was over first; never rejects */
  flush(timeoutMs?: number): Promise<boolean>;
  /** What became of the requests that were recorded. */
  stats(): Stats;
  /** Flushes, and listens to the end of the process no longer. Never rejects. */
  close(timeoutMs?: number): Promise<boolean>;
}

/**
 * Makes the middleware that records each request with the header `X-OTAS-AGENT-SESSION-TOKEN` under the session of that token:
 * both bodies (their first bytes), status, latency, sizes, headers and what went wrong. Requests without the header pass.
 * Events are sent in the background; nothing of it ever throws into the host, waits, or changes what it reads and writes.
 *
 * @throws OtasError `no_sdk_key` when neither the options nor the environment have one, `invalid_option`, `spool_failed`
 */
export function otasMiddleware(options: OtasMiddlewareOptions = {}): OtasMiddleware {
  const recorder = createRecorder(options);
  const exchanges = new Exchanges(recorder);
  const observe = (req: IncomingMessage, res: ServerResponse): void =>
    void guard(() => exchanges.observe(req, res));
  const noteError = (req: IncomingMessage, error: unknown): void =>
    void guard(() => exchanges.noteError(req, error));

  const middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    observe(req, res);
    next();
  };
  return Object.assign(middleware, {
    errors: (error: unknown, req: IncomingMessage, _res: ServerResponse, next: Next): void => {
      noteError(req, error);
      next(error);
    },
    listener: <Listener extends RequestListener>(listener: Listener): Listener =>
      function (this: unknown, ...args: Parameters<RequestListener>) {
        observe(...args);
        return Reflect.apply(listener, this, args);
      } as Listener,
    fastify: fastifyPlugin(observe, noteError),
    koa: async ({ req, res }: KoaContext, next: () => Promise<unknown>): Promise<unknown> => {
      observe(req, res);
      try {
        return await next();
      } catch (error) {
        noteError(req, error);
        throw error;
      }
    },
    flush: recorder.flush,
    stats: recorder.stats,
    close: (timeoutMs?: number): Promise<boolean> => {
      exchanges.stop();
      return recorder.close(timeoutMs);
    },
  });
}

function fastifyPlugin(
  observe: (req: IncomingMessage, res: ServerResponse) => void,
  noteError: (req: IncomingMessage, error: unknown) => void,
): OtasMiddleware['fastify'] {
  type Raw<Of> = { readonly raw: Of };
  const plugin: OtasMiddleware['fastify'] = (app, _options, done) => {
    app.addHook(
      'onRequest',
      (request: Raw<IncomingMessage>, reply: Raw<ServerResponse>, next: () => void) => {
        observe(request.raw, reply.raw);
        next();
      },
    );
    app.addHook(
      'onError',
      (request: Raw<IncomingMessage>, _reply: unknown, error: unknown, next: () => void) => {
        noteError(request.raw, error);
        next();
      },
    );
    done();
  };
  // Fastify's way to say that the hooks are for the whole application, and not for what the plugin adds.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'otas',
  });
}
