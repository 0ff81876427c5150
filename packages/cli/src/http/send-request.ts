import http from 'node:http';
import https from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and an answer that is being read. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request; resolves when its answer begins. Not by `fetch`: that takes an answer of unknown length for whole when the
 * connection is cut under it. A redirect is not followed: the credentials would be taken along to wherever it points.
 *
 * @throws what the socket throws
 */
export function sendRequest({ url, body, ...options }: HttpRequest): Promise<http.IncomingMessage> {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}
