import type { IncomingMessage, RequestListener } from 'node:http';
import cors from 'cors';

const allowedHeaders = [
  'Content-Type',
  'Authorization',
  'X-API-Key',
  'X-Request-Id',
  'Last-Event-ID',
  'traceparent',
];
const exposedHeaders = [
  'X-Request-Id',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];
const anyOrigin = '*';

/** Which web pages may call; `origins` with `*` in it is every page. Credentials are never allowed. */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #exposed = ['Access-Control-Expose-Headers', exposedHeaders.join(',')];
  readonly #ofAnyOrigin = ['Access-Control-Allow-Origin', anyOrigin, ...this.#exposed];
  readonly #ofOtherOrigin = ['Vary', 'Origin', ...this.#exposed];

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** What an answer to anything but a preflight says to a browser: names and values of headers by turns. */
  headersFor(req: IncomingMessage): readonly string[] {
    if (this.#origins.has(anyOrigin)) return this.#ofAnyOrigin;
    const { origin } = req.headers;
    if (origin === undefined || !this.#origins.has(origin)) return this.#ofOtherOrigin;
    return ['Access-Control-Allow-Origin', origin, ...this.#ofOtherOrigin];
  }

  /** Answers a preflight, which is any request with the method OPTIONS. */
  preflight(): RequestListener {
    const shared = {
      origin: this.#origins.has(anyOrigin) ? anyOrigin : [...this.#origins],
      methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      exposedHeaders,
      maxAge: 24 * 60 * 60,
      optionsSuccessStatus: 204,
    };
    const middleware = cors((req, done) => {
      const requested = String(req.headers['access-control-request-headers'] ?? '').split(',');
      const otasHeaders = requested
        .map((name) => name.trim())
        .filter((name) => /^x-otas-[a-z0-9-]{1,64}$/i.test(name));
      done(null, { ...shared, allowedHeaders: [...allowedHeaders, ...otasHeaders] });
    });
    return (req, res) => middleware(req, res, () => undefined);
  }
}
