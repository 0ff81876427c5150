import { guard, recorderOf } from '../session-context';
import { type Headers as NamedHeaders, ObservedCall } from './observed-call';
import { patchMethod } from './patch';
import { sessionHeader } from './session-header';
import { watchResponse } from './watch-response';

type FetchArguments = readonly [input: unknown, init?: RequestInit, ...rest: unknown[]];

interface Plan {
  readonly args: FetchArguments;
  /** Null: the request is in the domain. */
  readonly call: ObservedCall | null;
}

/**
 * Puts our function in the place of the global `fetch` where that is the platform's own: in browsers, Bun and Deno. It
 * follows redirects by itself, unseen: such a call is recorded once, with what came at its end, and where that was in
 * `metadata.redirected_to`. A request body that is no text and no bytes is not seen.
 *
 * @returns takes it out again; calls under way are still recorded
 */
export function hookFetch(): () => void {
  return patchMethod(
    globalThis,
    'fetch',
    (original, isActive) =>
      function fetch(this: unknown, ...args: unknown[]): unknown {
        const plan = isActive() ? guard(() => planOf(args as unknown as FetchArguments)) : null;
        const answer = Reflect.apply(original, this, plan?.args ?? args) as Promise<Response>;
        return plan?.call ? follow(answer, plan.call) : answer;
      },
  );
}

async function follow(answer: Promise<Response>, call: ObservedCall): Promise<Response> {
  try {
    const response = await answer;
    return guard(() => watchResponse(response, call)) ?? response;
  } catch (error) {
    guard(() => call.end(error));
    throw error;
  }
}

function planOf(args: FetchArguments): Plan | null {
  const [input, init] = args;
  const request = typeof Request === 'function' && input instanceof Request ? input : null;
  const url = new URL(
    request?.url ?? String(input),
    (globalThis as { location?: { href: string } }).location?.href,
  );
  if (!/^https?:$/.test(url.protocol)) return null;
  const recorder = recorderOf(url.href);
  if (recorder === null) return null;
  const headers = new Headers(init?.headers ?? request?.headers);
  if (!recorder.isInDomain(url.href)) {
    const call = new ObservedCall(recorder, () => null);
    call.readRequestHeaders = () => ({ host: url.host, ...namedHeaders(headers) });
    call.begin((init?.method ?? request?.method ?? 'GET').toUpperCase(), url.pathname + url.search);
    addBody(call, init?.body);
    return { args, call };
  }
  const token = recorder.sessionToken;
  if (token === '' || headers.has(sessionHeader)) return { args, call: null };
  headers.set(sessionHeader, token);
  return { args: [input, { ...init, headers }, ...args.slice(2)], call: null };
}

function addBody(call: ObservedCall, body: unknown): void {
  if (typeof body === 'string' || body instanceof Uint8Array) call.requestBody.add(body);
  else if (body instanceof URLSearchParams) call.requestBody.add(body.toString());
  else if (body instanceof ArrayBuffer) call.requestBody.add(new Uint8Array(body));
  else if (ArrayBuffer.isView(body))
    call.requestBody.add(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
}

function namedHeaders(headers: Headers): NamedHeaders {
  return Object.fromEntries(headers.entries());
}
