import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PathTemplate } from './path-template';
import type { BodyLimits } from './read-body';

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

const noHeaders: readonly string[] = [];

/** One request as an endpoint sees it; nothing of Express or of the socket but what is read here. */
export class RequestContext {
  /** The caller's `X-Request-Id` when it is 1–128 visible ASCII characters, else 32 hexadecimal digits of our own. */
  readonly requestId: string;
  readonly req: IncomingMessage;
  readonly bodyLimits: BodyLimits;
  /** The path of the endpoint that answers, once it is known. */
  template: PathTemplate | null = null;
  /** `RateLimit-…` of its answer, names and values by turns; empty where nothing limits it. */
  limitHeaders: readonly string[] = noHeaders;

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

  /** The path as it was sent, without the query. */
  path(): string {
    const target = (this.req.url ?? '').split('?', 1)[0] ?? '';
    return target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/]*/i, '');
  }

  /**
   * The value of a parameter in the endpoint's path, such as `agent_key` in `/v2/agents/{agent_key}`, percent-decoded; what
   * is not well-formed percent-encoding stays as it was sent.
   *
   * @throws RangeError when the endpoint's path has no such parameter.
   */
  pathParameter(name: string): string {
    const value = this.template?.valueIn(this.path(), name) ?? null;
    if (value === null) throw new RangeError(`the path has no parameter ${name}`);
    return value;
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
