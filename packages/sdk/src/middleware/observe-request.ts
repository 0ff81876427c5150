import type { IncomingMessage } from 'node:http';
import { createWatch } from '../instrument/watch-method';
import { BodyCollector } from '../record/body-collector';

/** The body of a request, as far as it has come by now. */
export interface ObservedRequest {
  readonly body: BodyCollector;
  /** Whether somebody had read from it before it was observed, so that `body` lacks what came first. */
  readonly wasRead: boolean;
}

/** Sees what has arrived, when the parser hands it to the stream. */
const watchPush = createWatch<BodyCollector>('push', (body, [chunk, encoding]) =>
  collect(body, chunk, encoding),
);
/** Sees what is read, in whatever way. */
const watchData = createWatch<BodyCollector>('emit', (body, [event, chunk]) => {
  if (event === 'data') collect(body, chunk);
});

/**
 * Sees the body of a request go by, without reading it: whoever reads it, in whatever way, finds the same bytes in the same
 * pieces at the same moment, and a body that nobody reads stays unread.
 *
 * @param maxBytes how much of it is kept; all is counted
 */
export function observeRequest(req: IncomingMessage, maxBytes: number): ObservedRequest {
  const body = new BodyCollector(maxBytes);
  const wasRead = req.readableDidRead;
  // What has arrived before this, and all that comes behind it, is seen when it is read.
  if (req.readableLength === 0) watchPush(req, body);
  else watchData(req, body);
  return { body, wasRead };
}

/** Adds a piece of a body as a stream takes it; whatever else is no piece, and the stream itself will say so. */
export function collect(body: BodyCollector, chunk: unknown, encoding?: unknown): void {
  if (chunk instanceof Uint8Array) body.add(chunk);
  else if (typeof chunk !== 'string') return;
  else if (typeof encoding !== 'string' || /^utf-?8$/i.test(encoding)) body.add(chunk);
  else if (Buffer.isEncoding(encoding)) body.add(Buffer.from(chunk, encoding));
}
