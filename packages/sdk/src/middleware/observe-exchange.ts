import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { decodeBody } from '../instrument/decode-body';
import { describeError } from '../instrument/describe-error';
import { BodyCollector } from '../record/body-collector';
import type { CallRecord } from '../record/call-record';
import { newStamp } from '../record/event-id';
import { guard } from '../session-context';
import { type ObservedRequest, observeRequest } from './observe-request';
import { observeResponse, responseHeaders, toTexts } from './observe-response';

/** A request that is being answered. */
export interface Exchange {
  /** Keeps what went wrong in the host's handler; the last word counts. */
  noteError(error: unknown): void;
  /** Records it as far as it has come; only the first end counts. */
  end(error: string): void;
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
 * @param onEnd called once, at that end, with what gives the record
 */
export function observeExchange(
  req: FrameworkRequest,
  res: ServerResponse,
  maxBytes: number,
  onEnd: (makeCall: () => CallRecord) => void,
): Exchange {
  const stamp = newStamp();
  const startMs = performance.now();
  const url = req.originalUrl ?? req.url ?? '';
  let failure: string | null = null;
  let isOver = false;
  const end = (error: string | null): void => {
    if (isOver) return;
    isOver = true;
    const latencyMs = performance.now() - startMs;
    onEnd(() => ({
      ...stamp,
      ...requestFields(req, url, request, maxBytes),
      ...responseFields(req, res, response, maxBytes),
      latency_ms: Math.round(latencyMs * 1000) / 1000,
      error: failure ?? error,
    }));
  };
  const request = observeRequest(req, maxBytes);
  const response = observeResponse(res, maxBytes, (isComplete) =>
    end(isComplete ? serverError(res) : cutError(res)),
  );
  return {
    noteError: (error) => {
      failure = describeError(error);
    },
    end,
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
  return {
    path,
    method: req.method ?? '',
    query_params: query,
    request_headers: toTexts(req.headers),
    request_content_type: type,
    request_size_bytes: wasRead ? Number(req.headers['content-length'] ?? 0) : body.size,
    request_body: wasRead
      ? textAsParsed(req, type, maxBytes)
      : textOf(body, type, req.headers['content-encoding'], maxBytes),
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
  coding: string | undefined,
  maxBytes: number,
): string | null {
  const decoded = coding === undefined ? null : decodeBody(body.kept, coding.toLowerCase(), maxBytes);
  return decoded === null ? body.text(type) : cutText(decoded, type, maxBytes);
}

/** The body that was read before anybody could see it, where a parser of JSON or text has left it on the request. */
function textAsParsed({ body }: FrameworkRequest, type: string | null, maxBytes: number): string | null {
  if (typeof body === 'string' || body instanceof Uint8Array) return cutText(body, type, maxBytes);
  const isJson = /[/+]json\b/i.test(type ?? '') && typeof body === 'object' && body !== null;
  const json = isJson ? guard(() => JSON.stringify(body)) : null;
  return json ? cutText(json, type, maxBytes) : null;
}

function cutText(whole: Uint8Array | string, type: string | null, maxBytes: number): string | null {
  const body = new BodyCollector(maxBytes);
  body.add(whole);
  return body.text(type);
}

/** Path and query, also of a URL with scheme and host, as a proxy gets it. Null: there is no query. */
function splitUrl(url: string): [path: string, query: string | null] {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const at = target.indexOf('?');
  return at < 0 ? [target, null] : [target.slice(0, at), target.slice(at + 1) || null];
}

const serverError = ({ statusCode }: ServerResponse): string | null =>
  statusCode < 500 ? null : `answered ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim();

const cutError = ({ errored }: ServerResponse): string =>
  errored ? describeError(errored) : 'the connection was closed before the response was complete';
