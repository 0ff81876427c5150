import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { BodyCollector } from '../record/body-collector';
import type { CallRecord } from '../record/call-record';
import { newStamp } from '../record/event-id';
import { decodeBody } from './decode-body';
import { type ObservedRequest, observeRequest } from './observe-request';
import { observeResponse, responseHeaders } from './observe-response';

/** A request that is being answered. */
export interface Exchange {
  /** Keeps what went wrong in the host's handler; the last word counts. */
  noteError(error: unknown): void;
}

/** What comes from the host's frameworks: the URL before a router cut it, and the body that a parser has read. */
interface FrameworkRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly body?: unknown;
}

/**
 * Observes a request and its response up to the end of the response, or of the connection, without changing either.
 *
 * @param maxBytes how much of each body is kept
 * @param onRecord called once, at that end
 */
export function observeExchange(
  req: FrameworkRequest,
  res: ServerResponse,
  maxBytes: number,
  onRecord: (call: CallRecord) => void,
): Exchange {
  const stamp = newStamp();
  const startMs = performance.now();
  const url = req.originalUrl ?? req.url ?? '';
  let failure: string | null = null;
  const request = observeRequest(req, maxBytes);
  const response = observeResponse(res, maxBytes, (isComplete) => {
    try {
      const latency_ms = performance.now() - startMs;
      const error = isComplete ? (failure ?? serverError(res)) : (failure ?? cutError(res));
      onRecord({
        ...stamp,
        ...requestFields(req, url, request, maxBytes),
        ...responseFields(req, res, response, maxBytes),
        latency_ms,
        error,
      });
    } catch {
      // The host goes on without a record.
    }
  });
  return {
    noteError: (error) => {
      failure = messageOf(error);
    },
  };
}

function requestFields(
  req: FrameworkRequest,
  url: string,
  { body, wasRead }: ObservedRequest,
  maxBytes: number,
) {
  const type = req.headers['content-type'] ?? null;
  const [path, query] = splitUrl(url);
  const parsed = wasRead ? bodyAsParsed(req, type) : null;
  return {
    path,
    method: req.method ?? '',
    query_params: query,
    request_headers: toTexts(req.headers),
    request_content_type: type,
    request_size_bytes: wasRead ? Number(req.headers['content-length'] ?? 0) : body.size,
    request_body: wasRead ? parsed : textOf(body, type, req.headers['content-encoding'], maxBytes),
  };
}

function responseFields(req: IncomingMessage, res: ServerResponse, body: BodyCollector, maxBytes: number) {
  const wasSent = res.headersSent;
  const headers = wasSent ? responseHeaders(res) : {};
  const type = headers['content-type'] ?? null;
  const hasBody = wasSent && req.method !== 'HEAD' && res.statusCode !== 204 && res.statusCode !== 304;
  return {
    status_code: wasSent ? res.statusCode : 0,
    response_headers: headers,
    response_content_type: type,
    response_size_bytes: hasBody ? body.size : 0,
    response_body: hasBody ? textOf(body, type, headers['content-encoding'], maxBytes) : null,
  };
}

/** Of a body that was compressed what is in it, as far as that can be told. */
function textOf(
  body: BodyCollector,
  type: string | null,
  encoding: string | undefined,
  maxBytes: number,
): string | null {
  const decoded = encoding === undefined ? null : decodeBody(body.bytes, encoding);
  if (decoded === null) return body.text(type);
  const plain = new BodyCollector(maxBytes);
  plain.add(decoded);
  return plain.text(type);
}

/** The body that was read before anybody could see it, where a parser of JSON or text has left it on the request. */
function bodyAsParsed({ body }: FrameworkRequest, type: string | null): string | null {
  if (typeof body === 'string') return body;
  const isJson = /[/+]json\b/i.test(type ?? '') && typeof body === 'object' && body !== null;
  return isJson && !(body instanceof Uint8Array) ? JSON.stringify(body) : null;
}

/** Path and query, also of a URL with scheme and host, as a proxy gets it. Null: there is no question mark. */
function splitUrl(url: string): [path: string, query: string | null] {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const at = target.indexOf('?');
  return at < 0 ? [target, null] : [target.slice(0, at), target.slice(at + 1)];
}

function toTexts(headers: IncomingMessage['headers']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) texts[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return texts;
}

const serverError = ({ statusCode, statusMessage }: ServerResponse): string | null =>
  statusCode < 500
    ? null
    : `answered ${statusCode} ${statusMessage || STATUS_CODES[statusCode] || ''}`.trim();

const cutError = ({ errored }: ServerResponse): string =>
  errored ? messageOf(errored) : 'the connection was closed before the response was complete';

const messageOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);
