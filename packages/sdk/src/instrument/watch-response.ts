import { guard } from '../session-context';
import type { ObservedCall } from './observed-call';

/** Answers that nobody has read to their end, and nobody can any more. */
const unread = new FinalizationRegistry<ObservedCall>((call) => guard(() => call.endUnread()));

/**
 * Follows the answer of a platform's own `fetch`. Each chunk passes when the caller asks for it, one at a time: nothing
 * is read ahead, and nothing waits in memory for a second reader.
 *
 * @returns what the caller gets in its place: the same answer, but for the body's way
 */
export function watchResponse(response: Response, call: ObservedCall): Response {
  call.answer(response.status, Object.fromEntries(response.headers.entries()));
  if (response.redirected) call.metadata = { redirected_to: response.url };
  if (response.body === null) {
    call.end(null);
    return response;
  }
  const { status, statusText, headers } = response;
  const watched = new Response(passOn(response.body.getReader(), call), { status, statusText, headers });
  unread.register(watched, call);
  return asOf(response, watched);
}

/** What a constructor cannot give an answer. */
function asOf(response: Response, copy: Response): Response {
  const { url, type, redirected, headers } = response;
  for (const [name, value] of Object.entries({ url, type, redirected, headers }))
    Object.defineProperty(copy, name, { value, configurable: true });
  const clone = (): Response => asOf(response, Response.prototype.clone.call(copy));
  Object.defineProperty(copy, 'clone', { value: clone, configurable: true, writable: true });
  return copy;
}

function passOn(reader: ReadableStreamDefaultReader<Uint8Array>, call: ObservedCall): ReadableStream {
  const pull = async (controller: ReadableByteStreamController): Promise<void> => {
    const { done, value } = await reader.read().catch((error) => {
      guard(() => call.end(error));
      throw error;
    });
    if (done) {
      guard(() => call.end(null));
      const waiting = controller.byobRequest as { respond(byteLength: number): void } | null | undefined;
      controller.close();
      // Who reads into a buffer of their own is told only so.
      waiting?.respond(0);
    } else if (value.byteLength === 0) {
      // An empty chunk must not be passed on, and the next one is still asked for.
      await pull(controller);
    } else {
      guard(() => call.responseBody.add(value));
      controller.enqueue(value as Uint8Array<ArrayBuffer>);
    }
  };
  const cancel = (reason: unknown): Promise<void> => {
    guard(() => call.end(reason ?? 'aborted'));
    return reader.cancel(reason);
  };
  return new ReadableStream({ type: 'bytes', pull, cancel });
}
