import { sessionHeader } from './session-header';

/** Options that say where a request goes to. */
const places = ['protocol', 'hostname', 'host', 'port', 'path'];

interface Options {
  readonly protocol?: unknown;
  readonly hostname?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly defaultPort?: unknown;
  readonly path?: unknown;
  readonly headers?: unknown;
}

/** What `http.request` or `https.request` is called with: `(url, options?, listener?)` or `(options, listener?)`. */
export type HttpArguments = readonly unknown[];

/**
 * The URL that such a call goes to.
 *
 * @param protocol with its colon; counts unless the arguments name one
 * @throws TypeError for what is no URL, but where it is given back as it is; Node itself throws then too
 */
export function urlOfArguments(args: HttpArguments, protocol: string): string {
  const [input, second] = args;
  // Most calls say where to in one word.
  if (typeof input === 'string' && !(isObject(second) && places.some((name) => name in second))) return input;
  const base = typeof input === 'string' ? new URL(input) : input instanceof URL ? input : null;
  const options = (base === null ? input : isObject(second) ? second : {}) as Options;
  const scheme = options.protocol ?? base?.protocol ?? protocol;
  // The order in which Node looks at them.
  const host = options.hostname || base?.hostname || options.host || 'localhost';
  const port = options.port ?? (base?.port || options.defaultPort);
  const path = options.path ?? (base === null ? '/' : base.pathname + base.search);
  // Through a proxy without a tunnel the whole URL is the path.
  if (/^https?:/i.test(String(path))) return String(path);
  const authority = String(host).includes(':') && !String(host).startsWith('[') ? `[${host}]` : String(host);
  return `${scheme}//${authority}${port ? `:${port}` : ''}${String(path).startsWith('/') ? path : '/'}`;
}

/** The same arguments with one more header, unless it is there; the caller's own objects stay as they are. */
export function withSessionHeader(args: HttpArguments, token: string): HttpArguments {
  const at = typeof args[0] === 'string' || args[0] instanceof URL ? 1 : 0;
  const options = isObject(args[at]) ? (args[at] as Options) : {};
  const added = { ...options, headers: addTo(options.headers, token) };
  return [...args.slice(0, at), added, ...args.slice(isObject(args[at]) ? at + 1 : at)];
}

function addTo(headers: unknown, token: string): unknown {
  const isName = (name: unknown): boolean => String(name).toLowerCase() === sessionHeader.toLowerCase();
  if (!Array.isArray(headers)) {
    const named = (headers ?? {}) as Record<string, unknown>;
    return Object.keys(named).some(isName) ? headers : { ...named, [sessionHeader]: token };
  }
  const isOfPairs = Array.isArray(headers[0]);
  const names = isOfPairs ? headers.map((pair) => pair[0]) : headers.filter((_, at) => at % 2 === 0);
  if (names.some(isName)) return headers;
  return isOfPairs ? [...headers, [sessionHeader, token]] : [...headers, sessionHeader, token];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
