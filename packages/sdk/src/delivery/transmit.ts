import type { Platform } from '../platform/platform';
import type { SessionIdentity } from '../session/session-token';
import { type Outcome, readAnswer, retryAfterMs } from './read-answer';
import { bodyOf, type EventKind, headersOf, type Sender, urlOf } from './request';

/** Below this, compressing takes longer than it saves. */
const gzipMinChars = 1024;

export interface Transmission {
  readonly outcome: Outcome;
  /** What the server asked to wait, in milliseconds; 0 when nothing. */
  readonly waitMs: number;
}

/** Sends events in one request. Never rejects: without an answer the outcome is `again` with `brain_unreachable`. */
export async function transmit(
  platform: Platform,
  sender: Sender,
  timeoutMs: number,
  batch: { readonly kind: EventKind; readonly identity: SessionIdentity; readonly events: readonly string[] },
): Promise<Transmission> {
  const { kind, identity, events } = batch;
  try {
    const text = bodyOf(kind, identity, events);
    const isCompressed = platform.gzip !== null && text.length >= gzipMinChars;
    const headers = headersOf(sender, identity);
    if (isCompressed) headers['Content-Encoding'] = 'gzip';
    const body = isCompressed && platform.gzip !== null ? await platform.gzip(text) : text;
    const url = urlOf(sender, kind, identity);
    const answer = await platform.post({ url, headers, body, timeoutMs, isRef: false });
    return {
      outcome: readAnswer(kind, answer.status, answer.text, events.length),
      waitMs: retryAfterMs(answer.retryAfter),
    };
  } catch {
    return { outcome: { kind: 'again', code: 'brain_unreachable', isOfSession: false }, waitMs: 0 };
  }
}
