import type { ServerResponse } from 'node:http';
import { fromHead } from '../instrument/headers';
import { createWatch } from '../instrument/watch-method';
import { BodyCollector } from '../record/body-collector';
import { collect } from './observe-request';

/** A response that goes by. */
interface Observed {
  readonly body: BodyCollector;
  readonly onEnd: (isComplete: boolean) => void;
  isLastWritten: boolean;
}

const watchWrite = createWatch<Observed>('write', addChunk);
const watchLast = createWatch<Observed>('end', (observed, args) => {
  addChunk(observed, args);
  // The `end` of HTTP/2 and of some libraries gives its piece to `write`.
  observed.isLastWritten = true;
});
/** A listener could be seen, and removed. */
const watchEmit = createWatch<Observed>('emit', ({ onEnd }, [event]) => {
  if (event === 'finish' || event === 'close') onEnd(event === 'finish');
});

function addChunk({ body, isLastWritten }: Observed, [chunk, encoding]: readonly unknown[]): void {
  if (!isLastWritten) collect(body, chunk, encoding);
}

/**
 * Sees a response go by: what is written, and its end. What the functions of the response do and give back stays the same.
 *
 * @param maxBytes how much of the body is kept; all is counted
 * @param onEnd called with true when all of it was handed to the system, and with false when the connection has ended;
 *   the first call counts
 */
export function observeResponse(
  res: ServerResponse,
  maxBytes: number,
  onEnd: (isComplete: boolean) => void,
): BodyCollector {
  const observed = { body: new BodyCollector(maxBytes), onEnd, isLastWritten: res.writableEnded };
  watchWrite(res, observed);
  watchLast(res, observed);
  watchEmit(res, observed);
  return observed.body;
}

/** The headers of a response as they were sent, names in lower case. */
export function responseHeaders(res: ServerResponse): Record<string, string> {
  // What `writeHead` was given stands nowhere else. HTTP/2 has no such text, and keeps all of them.
  const { _header: head } = res as { _header?: unknown };
  if (typeof head === 'string') return fromHead(head);
  return toTexts(res.getHeaders());
}

/** Headers as Node.js gives them, without what HTTP/2 adds; several values of one name are joined with a comma. */
export function toTexts(headers: NodeJS.Dict<number | string | string[]>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    texts[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return texts;
}
