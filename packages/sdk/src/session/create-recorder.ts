import type { Stats } from '../delivery/stats';
import { nodePlatform } from '../platform/node/node-platform';
import type { Platform } from '../platform/platform';
import type { CallRecord } from '../record/call-record';
import type { Recorder } from '../record/recorder';
import { EventSink } from './event-sink';
import { type DeliveryOptions, readSettings } from './options';
import { SessionRecorder } from './session-recorder';
import { readSessionToken, type SessionIdentity } from './session-token';

/** Where a back end's events go, and how. */
export interface RecorderOptions extends DeliveryOptions {
  /** `otas_…`; default: the environment's `OTAS_SDK_KEY`. */
  readonly sdkKey?: string | undefined;
}

/** Takes down the requests that agents make to a project's own back end; one for the life of the process. */
export interface BackEndRecorder {
  /**
   * A recorder for the session whose token came with a request; cheap, one for each request. What is no token is
   * counted in `stats()` and not sent; whether one is good is for Brain to say.
   */
  forSession(sessionToken: string): Recorder;
  /** The same as `forSession(sessionToken).record(call)`. */
  record(call: CallRecord, sessionToken: string): void;
  /** Sends what waits. @returns true when nothing of it waits any more, false when the time was over first; never rejects */
  flush(timeoutMs?: number): Promise<boolean>;
  stats(): Stats;
  /** Flushes, and listens to the end of the process no longer. Never rejects. */
  close(timeoutMs?: number): Promise<boolean>;
}

/** @throws OtasError `no_sdk_key`, `invalid_option`, `spool_failed` */
export function createRecorder(options: RecorderOptions, platform: Platform = nodePlatform): BackEndRecorder {
  const settings = readSettings(options, platform, { given: options.sdkKey, header: 'X-OTAS-SDK-KEY' });
  const sink = new EventSink(settings, platform);
  const flush = (timeoutMs = settings.limits.flushTimeoutMs): Promise<boolean> => sink.flush(timeoutMs);
  const forSession = (token: string): Recorder => {
    const identity = identityOf(token);
    const refusal = identity === null ? 'invalid_session_token' : null;
    return new SessionRecorder(sink, settings, { identity, refusal }, token);
  };
  return {
    forSession,
    record: (call, token) => forSession(token).record(call),
    flush,
    stats: () => sink.stats(),
    close: async (timeoutMs) => {
      const isSettled = await flush(timeoutMs);
      sink.close();
      return isSettled;
    },
  };
}

function identityOf(token: string): SessionIdentity | null {
  try {
    return readSessionToken(token);
  } catch {
    return null;
  }
}
