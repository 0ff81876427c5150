import type { ServerResponse } from 'node:http';
import { fromHead } from '../instrument/headers';
import { watchMethod } from '../instrument/patch';
import { BodyCollector } from '../record/body-collector';
import { collect } from './observe-request';

/**
 * Sees a response go by: what is written, and its end. What the functions of the response do and give back stays the same.
 *
 * @param maxBytes how much of the body is kept; all is counted
 * @param onEnd called once: with true when all of it was handed to the system, with false when the connection ended first
 */
export function observeResponse(
  res: ServerResponse,
  maxBytes: number,
  onEnd: (isComplete: boolean) => void,
): BodyCollector {
  const body = new BodyCollector(maxBytes);
  let isLastWritten = res.writableEnded;
  let hasEnded = false;
  const add = (chunk: unknown, encoding: unknown): void => {
    if (!isLastWritten) collect(body, chunk, encoding);
  };
  watchMethod(res, 'write', ([chunk, encoding]) => add(chunk, encoding), 'before');
  watchMethod(
    res,
    'end',
    ([chunk, encoding]) => {
      add(chunk, encoding);
      // The `end` of HTTP/2 and of some libraries gives its piece to `write`.
      isLastWritten = true;
    },
    'before',
  );
  // A listener could be seen, and removed.
  watchMethod(
    res,
    'emit',
    ([event]) => {
      if (hasEnded || (event !== 'finish' && event !== 'close')) return;
      hasEnded = true;
      onEnd(event === 'finish');
    },
    'before',
  );
  return body;
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
  const entries = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !name.startsWith(':'),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]));
}
