import type { ServerResponse } from 'node:http';

export interface EventStreamOptions {
  /** Writes the stream; it ends when this resolves, and of server-sent events the connection too. Always called, also when the client has gone. */
  run(writer: EventStreamWriter): Promise<void>;
  /** How long a client may leave what was written unread, in milliseconds; past it the connection is cut. */
  readonly stalledMs: number;
  /** Left out: server-sent events. */
  readonly contentType?: string;
}

/**
 * A success that goes on: server-sent events, or a file of another type, with which an endpoint's `handle` may answer instead of a payload. The
 * status is the endpoint's own. An error that `run` throws ends the stream, since its status was sent long ago.
 */
export class EventStream {
  readonly #options: EventStreamOptions;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** Answers a request with the stream, and resolves when that has ended; `headers` are names and values by turns. */
  async answer(res: ServerResponse, status: number, headers: readonly string[]): Promise<void> {
    const writer = new EventStreamWriter(res, this.#options.stalledMs);
    if (!res.destroyed) {
      res.writeHead(status, [
        ...headers,
        'Content-Type',
        this.#options.contentType ?? 'text/event-stream; charset=utf-8',
        // A proxy that collects an answer before it passes it on would keep the events for itself.
        'Cache-Control',
        'no-cache, no-transform',
        'X-Accel-Buffering',
        'no',
        // Of a file some clients, `fetch` of Node.js too, would take the end of the connection for the end of the file.
        ...(this.#options.contentType === undefined ? ['Connection', 'close'] : []),
      ]);
    }
    // The answer to HEAD has no body: there is nobody to write to.
    if (res.req.method === 'HEAD') res.end();
    try {
      await this.#options.run(writer);
    } catch (error) {
      if (!(error instanceof StreamClosed)) throw error;
    } finally {
      res.end();
    }
  }
}

/** The writing end of an {@link EventStream}. */
export class EventStreamWriter {
  readonly #res: ServerResponse;
  readonly #stalledMs: number;
  readonly #gone = new AbortController();

  constructor(res: ServerResponse, stalledMs: number) {
    this.#res = res;
    this.#stalledMs = stalledMs;
    if (res.destroyed || res.req.method === 'HEAD') this.#gone.abort();
    res.once('close', () => this.#gone.abort());
  }

  /** Aborted as soon as nobody reads any more. */
  get closed(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Writes text in the form of server-sent events, or bytes of another type, and resolves when there is room for more.
   *
   * @throws StreamClosed when the client has gone, or has left what was written unread for too long
   */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.closed.aborted) throw new StreamClosed();
    if (this.#res.write(text)) return;
    await new Promise<void>((resolve, reject) => {
      const stalled = setTimeout(() => this.cut(), this.#stalledMs);
      const onDrain = (): void => {
        clearTimeout(stalled);
        this.closed.removeEventListener('abort', onGone);
        resolve();
      };
      const onGone = (): void => {
        clearTimeout(stalled);
        this.#res.removeListener('drain', onDrain);
        reject(new StreamClosed());
      };
      this.#res.once('drain', onDrain);
      this.closed.addEventListener('abort', onGone, { once: true });
    });
  }

  /** Closes the connection at once; what was written and not read is lost. */
  cut(): void {
    this.#res.destroy();
  }
}

/** Nobody reads the stream any more. */
class StreamClosed extends Error {
  constructor() {
    super('the client of the stream has gone');
    this.name = 'StreamClosed';
  }
}

/**
 * One event in the form of server-sent events.
 *
 * @param json a JSON text; white space in it may hold line ends
 * @param id comes back as `Last-Event-ID` when the client connects again
 */
export function formatServerSentEvent(json: string, options: { id?: string; event?: string } = {}): string {
  const id = options.id === undefined ? '' : `id: ${options.id}\n`;
  const event = options.event === undefined ? '' : `event: ${options.event}\n`;
  return `${id}${event}data: ${json.replace(/[\r\n]/g, ' ')}\n\n`;
}
