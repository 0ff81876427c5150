import type { ClientRequest, IncomingMessage } from 'node:http';
import { fromHead, fromRawHeaders } from './headers';
import type { Headers, ObservedCall } from './observed-call';
import { watchMethod } from './patch';

/**
 * Follows a request of `node:http` to its end. It listens to nothing, since a listener of ours would change what Node
 * does: an error that nobody hears ends the process, and an answer that nobody takes is thrown away. It looks on while
 * the request emits its events and takes its chunks, and while chunks are pushed into the answer, before anybody reads.
 */
export function watchRequest(request: ClientRequest, call: ObservedCall): void {
  let timedOut = '';
  const see: Record<string, ((arg: unknown) => void) | undefined> = {
    response: (response) => watchResponse(response as IncomingMessage, call),
    upgrade: (response) => switchTo(response as IncomingMessage, call),
    connect: (response) => switchTo(response as IncomingMessage, call),
    timeout: () => {
      timedOut = 'timed out';
    },
    error: (error) => call.end(timedOut === '' ? error : new Error(timedOut, { cause: error })),
    close: () => call.end(closingOf(request, timedOut)),
  };
  call.readRequestHeaders = () => headersOf(request);
  call.begin(request.method, request.path);
  watchMethod(request, 'emit', ([event, arg]) => see[event as string]?.(arg), 'before');
  for (const name of ['write', 'end'])
    watchMethod(request, name, ([chunk, encoding]) => takeChunk(call, chunk, encoding), 'after');
}

function watchResponse(response: IncomingMessage, call: ObservedCall): void {
  call.answer(response.statusCode ?? 0, fromRawHeaders(response.rawHeaders));
  const look = ([chunk]: readonly unknown[]): void => {
    if (chunk !== null) call.responseBody.add(chunk as Uint8Array);
    // What was cut off is ended too, but not complete.
    else if (response.complete) call.end(null);
  };
  watchMethod(response, 'push', look, 'before');
}

/** From here on the socket speaks another protocol. */
function switchTo(response: IncomingMessage, call: ObservedCall): void {
  call.answer(response.statusCode ?? 0, fromRawHeaders(response.rawHeaders));
  call.end(null);
}

function closingOf(request: ClientRequest, timedOut: string): unknown {
  // Node's own types leave out that a request knows its answer.
  const response = (request as { res?: IncomingMessage }).res;
  const error = response?.errored ?? new Error(response ? 'aborted' : 'closed before an answer came');
  return timedOut === '' ? error : new Error(timedOut, { cause: error });
}

function takeChunk(call: ObservedCall, chunk: unknown, encoding: unknown): void {
  if (typeof chunk === 'string')
    call.requestBody.add(
      typeof encoding === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk,
    );
  else if (chunk instanceof Uint8Array) call.requestBody.add(chunk);
}

/** As they went over the wire; before that as they are set. */
function headersOf(request: ClientRequest): Headers {
  const { _header: head } = request as { _header?: string | null };
  if (typeof head === 'string') return fromHead(head);
  return fromRawHeaders(
    Object.entries(request.getHeaders()).flatMap(([name, value]) => [
      name,
      Array.isArray(value) ? value : String(value),
    ]),
  );
}
