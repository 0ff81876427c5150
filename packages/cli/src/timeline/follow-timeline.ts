import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exitCodes } from '../exit-codes';
import type { ApiClient } from '../http/api-client';
import { Refusal, Unreachable } from '../http/refusal';
import { RetryDelays } from '../http/retry-delays';
import { readServerSentEvents } from '../http/server-sent-events';
import { escapeText } from '../output/escape';

/** What a followed session tells. */
export type FollowedPart =
  | { readonly kind: 'event'; readonly json: string }
  /** All that was there has been told; what comes now arrives. */
  | { readonly kind: 'live' }
  /** The stream was cut, and is asked for again after a while. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Brain says every 15 seconds that a stream is alive. */
const silenceMaxMs = 60_000;
/** With these the reader is refused, and would be again. */
const refusals = /^(?:invalid_token|user_project_mapping_invalid|agent_not_found|forbidden|unauthorized)$/;

/**
 * The timeline of a session from its first event, then what arrives, without an end. A stream that is cut is taken up where
 * it was, as often as it takes.
 *
 * @throws Refusal when Brain refuses for good; CliError 3 when the reader loses the right to read on the way
 */
export async function* followTimeline(brain: ApiClient, sessionId: string): AsyncGenerator<FollowedPart> {
  const delays = new RetryDelays();
  let lastId: string | null = null;
  for (;;) {
    let reason = 'the stream ended';
    let retryAfterMs: number | null = null;
    try {
      for await (const part of readStream(brain, sessionId, lastId)) {
        delays.reset();
        if (part.comment === 'live') yield { kind: 'live' };
        if (part.data === null) continue;
        if (part.event === 'end') {
          reason = reasonOf(part.data);
          break;
        }
        lastId = part.id ?? lastId;
        yield { kind: 'event', json: part.data };
      }
    } catch (error) {
      if (error instanceof Refusal && !error.isTemporary) throw error;
      if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
      reason = error.message;
      retryAfterMs = error instanceof Refusal ? error.retryAfterMs : null;
    }
    yield { kind: 'lost', reason };
    await sleep(delays.next(retryAfterMs));
  }
}

async function* readStream(brain: ApiClient, sessionId: string, lastId: string | null) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMaxMs);
  try {
    const body = await brain.open(
      '/api/v1/agent/session/timeline/',
      { session_id: sessionId, follow: 'true' },
      { signal: silence.signal, ...(lastId === null ? {} : { headers: { 'Last-Event-ID': lastId } }) },
    );
    yield* readServerSentEvents(refreshing(body, timer));
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Every piece that comes starts the time of silence anew. */
async function* refreshing(
  body: AsyncIterable<Uint8Array>,
  timer: NodeJS.Timeout,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    timer.refresh();
    yield chunk;
  }
}

/** @throws CliError 3 when the reason is that the reader may not read any more */
function reasonOf(data: string): string {
  const { reason = '' } = JSON.parse(data) as { reason?: string };
  const shown = escapeText(reason);
  if (refusals.test(reason)) throw new CliError(exitCodes.notAllowed, `Brain ended the stream: ${shown}`);
  return shown;
}
