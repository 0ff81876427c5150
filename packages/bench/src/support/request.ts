/** A whole HTTP request as bytes. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): Buffer {
  const length = body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const type = body === null ? {} : { 'Content-Type': 'application/json' };
  const lines = Object.entries({ Host: '127.0.0.1', ...headers, ...type, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

const idMark = '"event_id":"';

/** An id (a version 7 UUID of now) whose last 12 digits the load generator makes new in every request. */
export function idToRenew(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** Where in a request the last 12 digits of each `event_id` stand. */
export function idPlacesIn(request: Buffer): number[] {
  const places: number[] = [];
  for (let at = request.indexOf(idMark); at !== -1; at = request.indexOf(idMark, at + 1)) {
    places.push(at + idMark.length + 24);
  }
  return places;
}
