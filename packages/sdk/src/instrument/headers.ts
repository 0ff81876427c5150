import type { Headers } from './observed-call';

/** Headers as they came, names and values by turns, strings or bytes. */
export type RawHeaders = readonly (string | Uint8Array | readonly (string | Uint8Array)[])[];

/** By name in lower case; what came more than once is joined with a comma. */
export function fromRawHeaders(raw: RawHeaders): Headers {
  const headers: Headers = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const value = raw[at + 1] as RawHeaders[number];
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) addHeader(headers, textOf(raw[at] as string | Uint8Array), textOf(one));
  }
  return headers;
}

/** The headers of a request's head as it went over the wire: its first line and one more for each. */
export function fromHead(head: string): Headers {
  const headers: Headers = {};
  for (const line of head.split('\r\n').slice(1)) {
    const at = line.indexOf(':');
    if (at > 0) addHeader(headers, line.slice(0, at), line.slice(at + 1).trim());
  }
  return headers;
}

function addHeader(headers: Headers, name: string, value: string): void {
  const key = name.toLowerCase();
  // An assignment to this name would change what the object is.
  if (key === '__proto__') return;
  headers[key] = Object.hasOwn(headers, key) ? `${headers[key]}, ${value}` : value;
}

function textOf(part: string | Uint8Array): string {
  return typeof part === 'string'
    ? part
    : Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1');
}
