import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BodyLimits } from './read-body';

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

/** One request as an endpoint sees it; nothing of Express or of the socket but what is read here. */
export class RequestContext {
  /** The caller's `X-Request-Id` when it is 1–128 visible ASCII characters, else 32 hexadecimal digits of our own. */
  readonly requestId: string;
  readonly req: IncomingMessage;
  readonly bodyLimits: BodyLimits;

  constructor(req: IncomingMessage, bodyLimits: BodyLimits) {
    this.req = req;
    this.bodyLimits = bodyLimits;
    this.requestId = requestIdOf(req);
  }

  /** The header's value, or null when it is missing or empty. `name` is in lower case. */
  header(name: string): string | null {
    const value = this.req.headers[name];
    return typeof value === 'string' && value !== '' ? value : null;
  }

  /** The parameters of the query string; what is not well-formed percent-encoding stays as it was sent. */
  query(): URLSearchParams {
    const url = this.req.url ?? '';
    const start = url.indexOf('?');
    return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  }
}

function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : newRequestId();
}

/** 32 hexadecimal digits: a random UUID, of which Node.js makes many at once. */
export function newRequestId(): string {
  return randomUUID().replaceAll('-', '');
}
