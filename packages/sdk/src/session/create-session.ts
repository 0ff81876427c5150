import { backoffMs } from '../delivery/backoff';
import type { Platform } from '../platform/platform';
import { EventSink } from './event-sink';
import { LiveSession, type SessionState } from './live-session';
import { positive, readSettings, type SessionOptions, type Settings } from './options';
import { OtasError } from './otas-error';
import type { Session } from './session';
import { createUasamSession } from './uasam';

const startTimeoutMsDefault = 10_000;

/**
 * Creates a session of the agent whose key it is, and gives what records it.
 *
 * @throws OtasError when there is no session, and `onFailure` is not `ignore`: `no_agent_key`, `invalid_option`,
 *   `spool_failed`, `uasam_unreachable` (not with `retry`), or the code with which UASAM refused (`invalid_agent_key`)
 */
export async function createSession(platform: Platform, options: SessionOptions = {}): Promise<Session> {
  try {
    return await new Start(platform, options).begin();
  } catch (error) {
    const problem = error instanceof OtasError ? error : new OtasError('invalid_option', String(error));
    if (options.onFailure !== 'ignore') throw problem;
    return unrecorded(platform, options, problem);
  }
}

/** The beginning of one session. */
class Start {
  readonly #platform: Platform;
  readonly #options: SessionOptions;
  readonly #settings: Settings;
  readonly #meta: string;
  readonly #timeoutMs: number;

  /** @throws OtasError for what is wrong with the options */
  constructor(platform: Platform, options: SessionOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#settings = readSettings(options, platform, { given: options.agentKey, header: 'X-OTAS-AGENT-KEY' });
    this.#meta = metaJson(options.meta);
    this.#timeoutMs = positive('startTimeoutMs', options.startTimeoutMs ?? startTimeoutMsDefault);
  }

  /** @throws OtasError when there is no session, and there shall be one */
  async begin(): Promise<Session> {
    const isPatient = this.#options.onFailure === 'retry';
    const state: SessionState = { identity: null, refusal: null };
    try {
      state.identity = await this.#create(!isPatient, true);
    } catch (error) {
      if (!isPatient || (error as OtasError).code !== 'uasam_unreachable') throw error;
      this.#settings.onProblem(error as OtasError);
    }
    const settings = this.#settings;
    const sink = new EventSink(settings, this.#platform);
    const ready = state.identity === null ? this.#createLater(state, sink) : Promise.resolve(true);
    return new LiveSession({ sink, settings, platform: this.#platform }, state, ready);
  }

  #create(isRepeated: boolean, isRef: boolean) {
    const { addresses, sender } = this.#settings;
    const timeoutMs = this.#timeoutMs;
    const request = { uasamUrl: addresses.uasamUrl, agentKey: sender.key, timeoutMs, isRepeated, isRef };
    return createUasamSession(this.#platform, request, this.#meta);
  }

  /** Keeps no process alive. @returns false when UASAM refused */
  async #createLater(state: SessionState, sink: EventSink): Promise<boolean> {
    const { limits, onProblem } = this.#settings;
    for (let failures = 1; ; failures++) {
      const pauseMs = backoffMs(failures, limits.retryMinMs, limits.retryMaxMs);
      await new Promise<void>((resolve) => void this.#platform.setTimer(resolve, pauseMs, false));
      try {
        state.identity = await this.#create(false, false);
        sink.identify(state.identity);
        return true;
      } catch (error) {
        const { code } = error as OtasError;
        onProblem(error as OtasError);
        if (code === 'uasam_unreachable') continue;
        state.refusal = code;
        sink.discard(code);
        return false;
      }
    }
  }
}

/** @throws OtasError `invalid_option` when it has no JSON */
function metaJson(meta: unknown): string {
  try {
    return JSON.stringify(meta ?? {}) ?? '{}';
  } catch (cause) {
    throw new OtasError('invalid_option', 'meta can not be written as JSON.', { cause });
  }
}

/** A session that records nothing, and says so in its `stats()`. */
function unrecorded(platform: Platform, { onError }: SessionOptions, problem: OtasError): Session {
  const none = { given: 'none', header: 'X-OTAS-AGENT-KEY' } as const;
  const nowhere = { uasamUrl: 'http://127.0.0.1', brainUrl: 'http://127.0.0.1' };
  const settings = readSettings({ ...nowhere, ...(onError && { onError }) }, platform, none);
  settings.onProblem(problem);
  const sink = new EventSink(settings, platform);
  sink.close();
  const state: SessionState = { identity: null, refusal: 'unrecorded' };
  return new LiveSession({ sink, settings, platform }, state, Promise.resolve(false));
}
