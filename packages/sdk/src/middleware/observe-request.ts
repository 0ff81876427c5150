import type { IncomingMessage } from 'node:http';
import { BodyCollector } from '../record/body-collector';
import { shadow } from './shadow';

/** The body of a request, as far as it has come by now. */
export interface ObservedRequest {
  readonly body: BodyCollector;
  /** Whether somebody had read from it before it was observed, so that `body` lacks what came first. */
  readonly wasRead: boolean;
}

/**
 * Sees the body of a request go by, without reading it: whoever reads it, in whatever way, finds the same bytes in the same
 * pieces at the same moment, and a body that nobody reads stays unread.
 *
 * @param maxBytes how much of it is kept; all is counted
 */
export function observeRequest(req: IncomingMessage, maxBytes: number): ObservedRequest {
  const body = new BodyCollector(maxBytes);
  const wasRead = req.readableDidRead;
  // The parser pushes what has arrived. When something has before this, the rest comes by when it is read.
  if (req.readableLength === 0) {
    shadow(
      req,
      'push',
      (original) =>
        function (chunk: unknown, encoding?: BufferEncoding) {
          collect(body, chunk, encoding);
          // biome-ignore lint/complexity/noArguments: also those that only a later Node.js gives.
          return Reflect.apply(original, this, arguments);
        },
    );
  } else {
    shadow(
      req,
      'emit',
      (original) =>
        function (event: unknown, chunk: unknown) {
          if (event === 'data') collect(body, chunk);
          // biome-ignore lint/complexity/noArguments: an event may have any number of them.
          return Reflect.apply(original, this, arguments);
        },
    );
  }
  return { body, wasRead };
}

/** Adds a piece of a body as a stream takes it; whatever else is no piece, and the stream itself will say so. */
export function collect(body: BodyCollector, chunk: unknown, encoding?: unknown): void {
  try {
    if (chunk instanceof Uint8Array) body.add(chunk);
    else if (typeof chunk !== 'string') return;
    else if (typeof encoding !== 'string' || /^utf-?8$/i.test(encoding)) body.add(chunk);
    else body.add(Buffer.from(chunk, encoding as BufferEncoding));
  } catch {
    // An encoding that is none: the stream refuses it.
  }
}
