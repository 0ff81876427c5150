import { BodyCollector } from '../record/body-collector';
import { newStamp } from '../record/event-id';
import type { Recorder } from '../record/recorder';
import { guard, type OpenCall, openCalls } from '../session-context';
import { describeError } from './describe-error';

/** Header names in lower case. */
export type Headers = Record<string, string>;

/**
 * Undoes the codings of a body of which only the first bytes may be there.
 *
 * @param coding value of `Content-Encoding`
 * @returns at most a few times `maxBytes`; null when it cannot be done
 */
export type Decode = (body: Uint8Array, coding: string, maxBytes: number) => Uint8Array | null;

/** A call from its begin to its end, of which it is recorded once. */
export class ObservedCall implements OpenCall {
  readonly recorder: Recorder;
  readonly #decode: Decode;
  readonly #stamp = newStamp();
  readonly #beganAt = performance.now();
  readonly #responseBody: BodyCollector;
  #requestBody: BodyCollector;
  #method = '';
  #target = '';
  #status = 0;
  #answeredAt = 0;
  #responseHeaders: Headers = {};
  #isOver = false;
  /** Where the request's headers are to be had when the call is over. */
  readRequestHeaders: () => Headers = () => ({});
  /** Called once, when the call is over. */
  whenOver: (() => void) | null = null;
  metadata: object | undefined;

  constructor(recorder: Recorder, decode: Decode) {
    this.recorder = recorder;
    this.#decode = decode;
    this.#requestBody = new BodyCollector(recorder.bodyMaxBytes);
    this.#responseBody = new BodyCollector(recorder.bodyMaxBytes);
  }

  /**
   * From here on the call is under way, and known to `endOpenCalls`.
   *
   * @param target path and query, or a whole URL, of which the path is recorded
   */
  begin(method: string, target: string): void {
    this.#method = method;
    this.#target = target;
    openCalls.add(this);
  }

  get requestBody(): BodyCollector {
    return this.#requestBody;
  }

  get responseBody(): BodyCollector {
    return this.#responseBody;
  }

  /** Whether the answer's head has come. */
  get isAnswered(): boolean {
    return this.#status !== 0;
  }

  /** What was sent of the body does not count. */
  restartRequestBody(): void {
    if (this.#requestBody.size > 0) this.#requestBody = new BodyCollector(this.recorder.bodyMaxBytes);
  }

  /** The head of the final answer; what is only provisional (1xx) is none. */
  answer(status: number, headers: Headers): void {
    this.#status = status;
    this.#answeredAt = performance.now();
    this.#responseHeaders = headers;
  }

  /**
   * Records the call; only the first time counts.
   *
   * @param error what the caller is told went wrong; null when the answer has come to its end
   */
  end(error: unknown): void {
    this.#end(error, performance.now());
  }

  /** Records a call whose answer nobody has read: it took until the answer began. */
  endUnread(): void {
    this.#end(null, this.#answeredAt);
  }

  #end(error: unknown, endedAt: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    openCalls.delete(this);
    this.whenOver?.();
    const requestHeaders = guard(this.readRequestHeaders) ?? {};
    const responseHeaders = this.#responseHeaders;
    const [path, query] = split(this.#target);
    this.recorder.record({
      event_id: this.#stamp.event_id,
      event_time: this.#stamp.event_time,
      path,
      method: this.#method,
      status_code: this.#status,
      latency_ms: Math.round((endedAt - this.#beganAt) * 1000) / 1000,
      request_size_bytes: this.requestBody.size,
      response_size_bytes: this.responseBody.size,
      request_headers: requestHeaders,
      response_headers: responseHeaders,
      request_body: this.#text(this.requestBody, requestHeaders),
      response_body: this.#text(this.responseBody, responseHeaders),
      query_params: query,
      request_content_type: requestHeaders['content-type'] ?? null,
      response_content_type: responseHeaders['content-type'] ?? null,
      error: error === null ? null : describeError(error),
      ...(this.metadata === undefined ? {} : { metadata: this.metadata }),
    });
  }

  #text(body: BodyCollector, headers: Headers): string | null {
    const type = headers['content-type'] ?? null;
    const coding = headers['content-encoding']?.trim().toLowerCase();
    if (!coding || coding === 'identity' || body.size === 0) return body.text(type);
    const maxBytes = this.recorder.bodyMaxBytes;
    const decoded = guard(() => this.#decode(body.kept, coding, maxBytes));
    if (!decoded) return null;
    const plain = new BodyCollector(maxBytes);
    plain.add(decoded);
    return plain.text(type);
  }
}

function split(target: string): [path: string, query: string | null] {
  const [whole = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split('#', 1);
  const at = whole.indexOf('?');
  const path = at === -1 ? whole : whole.slice(0, at);
  return [path || '/', at === -1 ? null : whole.slice(at + 1) || null];
}
