import type { ServerResponse } from 'node:http';
import { BodyCollector } from '../record/body-collector';
import { collect } from './observe-request';
import { shadow } from './shadow';

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
  let isInside = false;
  const observeWrites = (name: 'write' | 'end'): void =>
    shadow(
      res,
      name,
      (original) =>
        function (chunk: unknown, encoding?: unknown) {
          // Of HTTP/2, and below some libraries, `end` calls `write`.
          if (isInside || this.writableEnded) {
            // biome-ignore lint/complexity/noArguments: handed on as they came.
            return Reflect.apply(original, this, arguments);
          }
          collect(body, chunk, encoding);
          isInside = true;
          try {
            // biome-ignore lint/complexity/noArguments: handed on as they came.
            return Reflect.apply(original, this, arguments);
          } finally {
            isInside = false;
          }
        },
    );
  observeWrites('write');
  observeWrites('end');
  let hasEnded = false;
  shadow(
    res,
    'emit',
    (original) =>
      function (event: unknown) {
        if (!hasEnded && (event === 'finish' || event === 'close')) {
          hasEnded = true;
          onEnd(event === 'finish');
        }
        // biome-ignore lint/complexity/noArguments: an event may have any number of them.
        return Reflect.apply(original, this, arguments);
      },
  );
  return body;
}

/** The headers of a response as they were sent, names in lower case; those that would be sent when none were. */
export function responseHeaders(res: ServerResponse): Record<string, string> {
  // What `writeHead` was given stands nowhere else. HTTP/2 has no such text, and keeps all of them.
  const { _header: sent } = res as { _header?: unknown };
  if (typeof sent === 'string') return parseHeaderBlock(sent);
  const entries = Object.entries(res.getHeaders()).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]));
}

function parseHeaderBlock(block: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
