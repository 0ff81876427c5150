/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's text, as it came. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the service sent; the tests say what it must be.
  readonly body: any;
}

/** Sends one request; `body` is sent as JSON unless it is a text or bytes. What is neither JSON nor a page must be empty. */
export async function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<Answer> {
  const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const payload = (isRaw ? body : JSON.stringify(body)) as string | undefined;
  const response = await fetch(url, { method, headers, ...(payload === undefined ? {} : { body: payload }) });
  const text = await response.text();
  const isPage = /^text\/(?:html|javascript|css|markdown)/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' || isPage ? null : JSON.parse(text),
  };
}
