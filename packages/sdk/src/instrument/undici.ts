import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Recorder } from '../record/recorder';
import { guard, recorderOf } from '../session-context';
import { decodeBody } from './decode-body';
import { followCalls, type Step } from './follow-calls';
import { fromHead, fromRawHeaders, type RawHeaders } from './headers';
import { ObservedCall } from './observed-call';
import { sessionHeader } from './session-header';
import { createWatch, type Look } from './watch-method';

/** undici's own request, of which it makes one for each request on the wire; the same in all of its versions. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly path: string;
  readonly method: string;
  /** Names and values by turns. */
  readonly headers: RawHeaders;
  addHeader(name: string, value: string): unknown;
}

const createdChannel = 'undici:request:create';

interface Message {
  readonly request: UndiciRequest;
}

/**
 * Watches what undici says on its diagnostics channels: the `fetch` of Node itself is undici too, and so is each copy
 * that a program brings along. Each hop of a redirect, each try of a retry and each CONNECT to a proxy is a request.
 *
 * Bodies are no part of the channels before undici 7, so they are seen where undici hands over each chunk.
 *
 * @returns ends it; calls under way are still recorded
 */
export function hookUndici(): () => void {
  const followed = followCalls(steps);
  const created = (message: unknown): void => {
    guard(() => {
      const { request } = message as Message;
      const call = observe(request);
      if (call === null) return;
      followed.add(request, call);
      call.begin(request.method, request.path);
    });
  };
  subscribe(createdChannel, created);
  return () => {
    unsubscribe(createdChannel, created);
    followed.stop();
  };
}

/** Null for a request that nobody records here; one in the project's domain gets the session's header. */
function observe(request: UndiciRequest): ObservedCall | null {
  const url = urlOf(request);
  const recorder = findRecorder(request, url);
  if (recorder === null) return null;
  if (recorder.isInDomain(url)) {
    const token = recorder.sessionToken;
    if (token !== '' && !hasSessionHeader(request.headers)) request.addHeader(sessionHeader, token);
    return null;
  }
  const call = new ObservedCall(recorder, decodeBody);
  call.readRequestHeaders = () => ({ host: new URL(url).host, ...fromRawHeaders(request.headers) });
  watchBodies(request, call);
  return call;
}

/** What each channel tells of a call. */
const steps: Readonly<Record<string, Step>> = {
  'undici:client:sendHeaders': (call, { headers }: { headers: unknown }) => {
    // Of HTTP/2 it is an object, and the request's own headers are as good.
    if (typeof headers === 'string') call.readRequestHeaders = () => fromHead(headers);
    // A request that was cut off before its answer began may be sent a second time.
    call.restartRequestBody();
  },
  'undici:request:headers': (call, { response }: { response: Response }) => {
    if (response.statusCode >= 200 || response.statusCode === 101)
      call.answer(response.statusCode, fromRawHeaders(response.headers));
  },
  'undici:request:trailers': (call) => call.end(null),
  'undici:request:error': (call, { error }: { error: unknown }) => call.end(error),
};

interface Response {
  readonly statusCode: number;
  readonly headers: RawHeaders;
}

const takeIn: Look = (call, [chunk]) => call.responseBody.add(chunk as Uint8Array);
const watchSent = createWatch('onBodySent', (call, [chunk]) =>
  call.requestBody.add(chunk as Uint8Array | string),
);
const watchReceived = createWatch('onData', takeIn);
/** undici 8 calls it otherwise. */
const watchReceived8 = createWatch('onResponseData', takeIn);
/** undici 6 says nothing of an upgrade on its channels. */
const watchUpgrade = createWatch('onUpgrade', (call, [status, headers]) => {
  call.answer(status as number, fromRawHeaders(headers as RawHeaders));
  call.end(null);
});

function watchBodies(request: UndiciRequest, call: ObservedCall): void {
  watchSent(request, call);
  if (!watchReceived(request, call)) watchReceived8(request, call);
  watchUpgrade(request, call);
}

/**
 * A pool that was busy makes a request when another one is done, and before undici 8 in that one's context. What stands
 * behind `request`, `stream`, `pipeline`, `connect` and `upgrade` knows its own all the same; a `fetch` does not.
 */
function findRecorder(request: UndiciRequest, url: string): Recorder | null {
  const handler = Reflect.get(request, handlerKeyOf(request));
  if (typeof handler?.runInAsyncScope === 'function')
    return handler.runInAsyncScope(() => recorderOf(url)) as Recorder | null;
  return recorderOf(url, () => !isMadeByOldPool());
}

/** Each copy of undici has a class of requests, and a symbol, of its own. */
const handlerKeys = new WeakMap<object, symbol>();

function handlerKeyOf(request: UndiciRequest): symbol {
  const known = handlerKeys.get(request.constructor);
  if (known !== undefined) return known;
  const symbols = Object.getOwnPropertySymbols(request);
  const key = symbols.find(({ description }) => description === 'handler') ?? Symbol('none');
  handlerKeys.set(request.constructor, key);
  return key;
}

/** undici 8 has a resource of its own for each request that waits. */
function isMadeByOldPool(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 30;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return /\bonDrain\b/.test(stack) && !/\bQueuedRequest\b/.test(stack);
}

function urlOf({ origin, path }: UndiciRequest): string {
  // Through a proxy without a tunnel the whole URL is the path.
  return /^https?:/i.test(path) ? path : `${typeof origin === 'string' ? origin : origin.origin}${path}`;
}

function hasSessionHeader(headers: RawHeaders): boolean {
  return Object.hasOwn(fromRawHeaders(headers), sessionHeader.toLowerCase());
}
