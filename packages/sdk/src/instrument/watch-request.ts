import type { ClientRequest, IncomingMessage } from 'node:http';
import { guard } from '../session-context';
import type { Step } from './follow-calls';
import { fromHead, fromRawHeaders } from './headers';
import { isNodeSince } from './node-version';
import type { Headers, ObservedCall } from './observed-call';
import { createWatch, type Look } from './watch-method';

/**
 * What Node says of its own requests on diagnostics channels. There is no listener of ours on a request or an answer,
 * since one would change what Node does: an error that nobody hears ends the process, and an answer that nobody takes is
 * thrown away.
 */
export const requestSteps: Readonly<Record<string, Step>> = {
  // Its name says otherwise, but the answer's head has just come.
  'http.client.response.finish': (call, { response }: { response: IncomingMessage }) =>
    watchResponse(response, call),
  'http.client.request.error': (call, { error }: { error: unknown }) => call.end(error),
};

/** Before this version of Node no channel tells of errors; Bun and Deno need not have any. */
const hasChannels = isNodeSince(20, 17) && !('Bun' in globalThis || 'Deno' in globalThis);

const takeOut: Look = (call, [chunk, encoding], request) => {
  // What comes behind the end is refused.
  if (!(request as ClientRequest).writableEnded) takeChunk(call, chunk, encoding);
};
const watchWrite = createWatch('write', takeOut, 'after');
const watchEnd = createWatch('end', takeOut);
/** Of a request that is aborted before it has a socket, Node tells no error. */
const watchAbort = createWatch(
  'abort',
  (call, _, request) => {
    if ((request as ClientRequest).socket === null) call.end('aborted');
  },
  'after',
);
const watchEmit = createWatch('emit', (call, [event, arg]) => seeEvent(call, event, arg));
/** Sees chunks when they come, before anybody reads them. */
const watchPush = createWatch('push', (call, [chunk], response) => {
  if (chunk !== null) call.responseBody.add(chunk as Uint8Array);
  // What was cut off is ended too, but not complete.
  else if ((response as IncomingMessage).complete) call.end(null);
});
const watchDestroy = createWatch('destroy', (call, [error]) => {
  // An answer that is thrown away when its head comes may still be whole: its end then comes in the same turn.
  process.nextTick(() => guard(() => call.end(error ?? 'aborted')));
});

/** Looks on while a request takes its body. */
export function watchRequest(request: ClientRequest, call: ObservedCall): void {
  call.readRequestHeaders = () => headersOf(request);
  watchWrite(request, call);
  watchEnd(request, call);
  watchAbort(request, call);
  // No other way tells that the socket was handed over.
  if (!hasChannels || request.method === 'CONNECT' || request.hasHeader('upgrade')) watchEmit(request, call);
}

function seeEvent(call: ObservedCall, event: unknown, arg: unknown): void {
  if (event === 'upgrade' || event === 'connect') {
    const { statusCode, rawHeaders } = arg as IncomingMessage;
    call.answer(statusCode ?? 0, fromRawHeaders(rawHeaders));
    call.end(null);
  } else if (event === 'response') {
    if (!call.isAnswered) watchResponse(arg as IncomingMessage, call);
  } else if (event === 'error') call.end(arg);
  else if (event === 'close' && !call.isAnswered) call.end('closed before an answer came');
}

function watchResponse(response: IncomingMessage, call: ObservedCall): void {
  call.answer(response.statusCode ?? 0, fromRawHeaders(response.rawHeaders));
  watchPush(response, call);
  watchDestroy(response, call);
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
