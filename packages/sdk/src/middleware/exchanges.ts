import type { IncomingMessage, ServerResponse } from 'node:http';
import { sessionHeader } from '../instrument/session-header';
import type { BackEndRecorder } from '../session/create-recorder';
import { guard } from '../session-context';
import { type Exchange, observeExchange } from './observe-exchange';

/** As Node.js gives names of headers. */
const tokenHeader = sessionHeader.toLowerCase();

/** The requests of agents that a back end answers. */
export class Exchanges {
  readonly #recorder: BackEndRecorder;
  readonly #byRequest = new WeakMap<IncomingMessage, Exchange>();
  readonly #open = new Set<Exchange>();

  constructor(recorder: BackEndRecorder) {
    this.#recorder = recorder;
    // Before the recorder's own listener, which sends what there is by then.
    process.prependListener('exit', this.#onExit);
  }

  /** Observes a request, once, also where the middleware stands twice in its way; nothing without a session's token. */
  observe(req: IncomingMessage, res: ServerResponse): void {
    const token = req.headers[tokenHeader];
    if (typeof token !== 'string' || token === '' || this.#byRequest.has(req)) return;
    const session = this.#recorder.forSession(token);
    const exchange = observeExchange(req, res, session.bodyMaxBytes, (makeCall) => {
      this.#open.delete(exchange);
      session.record(makeCall());
    });
    this.#byRequest.set(req, exchange);
    this.#open.add(exchange);
  }

  /** Keeps what went wrong in the handler of a request. */
  noteError(req: IncomingMessage, error: unknown): void {
    this.#byRequest.get(req)?.noteError(error);
  }

  /** Listens to the end of the process no longer. */
  stop(): void {
    process.off('exit', this.#onExit);
  }

  readonly #onExit = (): void => {
    for (const exchange of this.#open) {
      guard(() => exchange.end('the process ended before the response was complete'));
    }
  };
}
