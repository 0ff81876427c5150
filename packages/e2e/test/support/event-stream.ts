import http from 'node:http';

export interface StreamEvent {
  readonly id: string;
  /** `message` when the stream named none. */
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: an event is whatever the service sent; the tests say what it must be.
  readonly data: any;
  /** When it came, in milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** A client of server-sent events that keeps all that comes. */
export class StreamClient {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: StreamEvent[] = [];
  readonly comments: string[] = [];
  /** Resolves when the stream has ended, by itself or by {@link close}. */
  readonly ended: Promise<void>;
  readonly #response: http.IncomingMessage;
  #text = '';
  #wake: () => void = () => undefined;

  static open(url: string, headers: Readonly<Record<string, string>>): Promise<StreamClient> {
    return new Promise((resolve, reject) => {
      const request = http.get(url, { headers: { ...headers } }, (response) =>
        resolve(new StreamClient(response)),
      );
      request.on('error', reject);
    });
  }

  private constructor(response: http.IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.ended = new Promise((resolve) => response.on('close', resolve));
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (text: string) => this.#read(text));
    response.on('close', () => this.#wake());
  }

  /** The body of an answer that is no stream. */
  async json(): Promise<unknown> {
    await this.ended;
    return JSON.parse(this.#text);
  }

  /** Resolves when `isDone` holds. @throws Error when it does not after `timeoutMs`, or the stream has ended before */
  async until(isDone: () => boolean, timeoutMs = 10_000): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!isDone()) {
      const waitMs = deadlineMs - performance.now();
      if (waitMs <= 0 || this.#response.closed) {
        throw new Error(
          `${waitMs <= 0 ? 'not in time' : 'the stream has ended'}: ${this.events.length} events`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  untilLive(): Promise<void> {
    return this.until(() => this.comments.includes('live'));
  }

  /** Does not read any more, as a client that is too slow. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end !== -1; end = this.#text.indexOf('\n\n')) {
      this.#keep(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
    this.#wake();
  }

  #keep(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s) as [string, string]));
    if (fields.has('')) this.comments.push(fields.get('') as string);
    const data = fields.get('data');
    if (data === undefined) return;
    const event = fields.get('event') ?? 'message';
    this.events.push({ id: fields.get('id') ?? '', event, data: JSON.parse(data), atMs: performance.now() });
  }
}
