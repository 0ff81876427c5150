import type { OnExchange } from './exchange';

/** Calls `onExchange` for each answer of JSON, or without a body, that `fetch` brings; gives what waits for those under way. */
export function watchFetch(onExchange: OnExchange): () => Promise<unknown> {
  const reading = new Set<Promise<void>>();
  const { fetch } = globalThis;
  globalThis.fetch = async (...args) => {
    const response = await fetch(...args);
    const read = readExchange(args, response, onExchange)
      // The test ended it before it was read.
      .catch(() => undefined)
      .finally(() => reading.delete(read));
    reading.add(read);
    return response;
  };
  return () => Promise.all(reading);
}

async function readExchange(
  [resource, init = {}]: Parameters<typeof fetch>,
  response: Response,
  onExchange: OnExchange,
): Promise<void> {
  const { pathname, search } = new URL(resource instanceof Request ? resource.url : resource);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const hasBody = isJson || response.headers.get('content-type') === null;
  onExchange({
    method: (init.method ?? 'GET').toUpperCase(),
    target: pathname + search,
    requestHeaders: Object.fromEntries(new Headers(init.headers)),
    requestBody: typeof init.body === 'string' ? init.body : init.body == null ? '' : null,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: hasBody ? await response.clone().text() : null,
  });
}
