import { instrument } from '../instrument/browser';
import { ownFetch } from '../record/own-fetch';
import type { ExitTarget, Platform, PostAnswer, PostRequest } from './platform';

/** Browsers let at most 64 KiB of a page's requests outlive it, headers included. */
const keepAliveMaxChars = 48 * 1024;
const batchMaxBytes = 12 * 1024;

interface Page {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** A page, or a worker of one. Nothing is compressed (CORS would refuse the header), and nothing survives the page. */
export const browserPlatform: Platform = {
  env: () => undefined,
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
  post,
  gzip: null,
  instrument,
  onExit,
};

async function post({ url, headers, body, timeoutMs }: PostRequest): Promise<PostAnswer> {
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
  const answer = await ownFetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  const text = await answer.text();
  return { status: answer.status, retryAfter: answer.headers.get('Retry-After') ?? '', text };
}

function onExit(target: ExitTarget): () => void {
  const page = globalThis as unknown as Page;
  const onHide = (): void => sendLast(target);
  page.addEventListener?.('pagehide', onHide);
  return () => page.removeEventListener?.('pagehide', onHide);
}

/** `sendBeacon` can't send the headers that hold the credentials; a request that is kept alive can. */
function sendLast(target: ExitTarget): void {
  let charsLeft = keepAliveMaxChars;
  for (const { url, headers, body } of target.requestsForExit(batchMaxBytes)) {
    charsLeft -= body.length;
    if (charsLeft < 0) return;
    void ownFetch(url, { method: 'POST', headers, body, keepalive: true }).catch(() => undefined);
  }
}
