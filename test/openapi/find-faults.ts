import { Described, type DescribedRoute } from './described';
import type { Exchange } from './exchange';

const files = [
  'services/uasam/openapi.json',
  'services/brain/openapi.json',
  'services/uasam/openapi.internal.json',
];
let documents: readonly Described[] | null = null;

/** Every answer of ours has it, and what stands in for a service in a test has not. */
const ownHeader = 'x-request-id';

/** Said by Node.js, by CORS and by every stream. */
const plainHeaders =
  /^(?:access-control-.*|vary|date|connection|keep-alive|transfer-encoding|content-(?:type|length|encoding)|cache-control|x-accel-buffering)$/;
const ofUnknownPath = ['not_found', 'method_not_allowed', 'rate_limit_exceeded'];

/** What an exchange has that its description has not, in words; empty: all is described, or it was not with a service. */
export function findFaults(exchange: Exchange): string[] {
  const { method, target, headers } = exchange;
  if (headers[ownHeader] === undefined || method === 'OPTIONS') return [];
  documents ??= files.map((file) => new Described(file));
  const pathname = (target.split('?', 1)[0] ?? '').replace(/^\/+/, '/');
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  const found = documents.flatMap((document) => document.find(pathname)?.[asked] ?? []);
  if (found.length === 0) return faultsOfUnknown(exchange);
  // Both services have some paths.
  const faults = found.map((route) => faultsOf(route, exchange));
  return faults.find((one) => one.length === 0) ?? (faults[0] as string[]);
}

function faultsOfUnknown({ method, target, status, body }: Exchange): string[] {
  if (method === 'HEAD') return [];
  // Each of the three forms of errors says it in another place.
  const { status_description: text, code, message } = JSON.parse(body || '{}');
  return ofUnknownPath.some((known) => [text, code, message].includes(known))
    ? []
    : [`${method} ${target}: ${status} of a route that is not described`];
}

function faultsOf(route: DescribedRoute, exchange: Exchange): string[] {
  const { status, body } = exchange;
  const { document, operation, name } = route;
  const response = document.resolve(operation.responses[status]);
  if (response === undefined) {
    // The internal routes are not on every port.
    const isElsewhere = status === 404 && faultsOfUnknown(exchange).length === 0;
    return isElsewhere ? [] : [`${name}: ${status} is not described: ${body?.slice(0, 200)}`];
  }
  const faults = faultsOfAnswer(route, exchange, response);
  // Of a 207 some of what was sent was refused.
  if (status >= 200 && status < 300 && status !== 207) faults.push(...faultsOfRequest(route, exchange));
  if (faults.length === 0) return [];
  const shown = JSON.stringify({ ...exchange, requestHeaders: undefined, headers: undefined }).slice(0, 600);
  return [`${name}, ${status}: ${faults.join('; ')}\n  ${shown}`];
}

function faultsOfAnswer({ document }: DescribedRoute, exchange: Exchange, response: Response): string[] {
  const { method, headers, body } = exchange;
  const described = Object.entries(response.headers).map(
    ([header, one]) => [header.toLowerCase(), one] as const,
  );
  const faults = Object.keys(headers)
    .filter((header) => !plainHeaders.test(header) && !described.some(([known]) => known === header))
    .map((header) => `its header ${header} is not described`);
  for (const [header, one] of described) {
    const value = headers[header];
    if (value !== undefined) {
      const { schema } = document.resolve(one);
      faults.push(...document.faultsOfText(schema, value).map((fault) => `header ${header}: ${fault}`));
    } else if (header === 'retry-after') faults.push(`it has no ${header}`);
  }
  const type = headers['content-type']?.replace(/;.*/, '');
  const media = type === undefined ? undefined : response.content?.[type];
  if (type !== undefined && media === undefined) return [...faults, `its type ${type} is not described`];
  if (type === undefined && response.content !== undefined && method !== 'HEAD')
    faults.push('it has no body');
  if (media === undefined || body === null || method === 'HEAD') return faults;
  return [...faults, ...document.faultsOf(media.schema, JSON.parse(body))];
}

// biome-ignore lint/suspicious/noExplicitAny: a part of a document that the linter has checked.
type Response = any;

function faultsOfRequest({ document, operation, parameters }: DescribedRoute, exchange: Exchange): string[] {
  const query = new URLSearchParams(exchange.target.split('?').slice(1).join('?'));
  const described: Response[] = operation.parameters.map((one: unknown) => document.resolve(one));
  const faults = described.flatMap(({ name, in: place, required, schema }) => {
    if (schema.type === 'object') return [];
    const value = {
      path: parameters[name],
      query: query.get(name),
      header: exchange.requestHeaders[name.toLowerCase()],
    }[place as 'path' | 'query' | 'header'];
    if (value === undefined || value === null) return required ? [`${name} is required`] : [];
    return document.faultsOfText(schema, decode(value)).map((fault) => `the request's ${name}: ${fault}`);
  });
  return [...faults, ...faultsOfBody({ document, operation }, exchange)];
}

function faultsOfBody(
  { document, operation }: Pick<DescribedRoute, 'document' | 'operation'>,
  { requestBody, requestHeaders }: Exchange,
): string[] {
  const type =
    requestHeaders['content-type'] === 'application/x-ndjson' ? 'application/x-ndjson' : 'application/json';
  const schema = operation.requestBody?.content[type]?.schema;
  const isPacked = requestHeaders['content-encoding'] !== undefined;
  if (schema === undefined || requestBody === null || isPacked || type !== 'application/json') return [];
  const sent = requestBody.replace(/^\ufeff/, '') || '{}';
  return document.faultsOf(schema, JSON.parse(sent)).map((fault) => `the request's body: ${fault}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
