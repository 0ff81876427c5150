import type { Stats } from '../delivery/stats';
import type { Platform } from '../platform/platform';
import { newStamp, toMillis } from '../record/event-id';
import type { Recorder } from '../record/recorder';
import { toPlain } from '../record/to-plain';
import { endOpenCalls, runInSession } from '../session-context';
import type { AgentEvent } from './agent-event';
import type { EventSink } from './event-sink';
import { type LoggedCall, toCallRecord } from './logged-call';
import type { Settings } from './options';
import type { Instrumentation, Session } from './session';
import { SessionRecorder } from './session-recorder';
import type { SessionIdentity } from './session-token';
import { endUasamSession } from './uasam';
import { wrapTool } from './wrap-tool';

/** Names the lanes of the session; it is the only one of its queue. */
const laneKey = 'session';
const eventId = /^aev_/;

/** Where a session stands: `refusal` says why nothing is recorded. */
export interface SessionState {
  identity: SessionIdentity | null;
  refusal: string | null;
}

export class LiveSession implements Session {
  readonly ready: Promise<boolean>;
  readonly recorder: Recorder;
  readonly #sink: EventSink;
  readonly #settings: Settings;
  readonly #platform: Platform;
  readonly #state: SessionState;
  #ended: Promise<boolean> | null = null;

  /** @param ready resolved once it is known whether there is a session; until then events wait */
  constructor(
    parts: { readonly sink: EventSink; readonly settings: Settings; readonly platform: Platform },
    state: SessionState,
    ready: Promise<boolean>,
  ) {
    this.#sink = parts.sink;
    this.#settings = parts.settings;
    this.#platform = parts.platform;
    this.#state = state;
    this.ready = ready;
    this.recorder = new SessionRecorder(parts.sink, parts.settings, state, laneKey);
  }

  get token(): string {
    return this.#state.identity?.token ?? '';
  }

  get id(): string {
    return this.#state.identity?.sessionId ?? '';
  }

  get agentId(): string {
    return this.#state.identity?.agentId ?? '';
  }

  get projectId(): string {
    return this.#state.identity?.projectId ?? '';
  }

  log(call: LoggedCall): string {
    try {
      const record = toCallRecord(call, this.#settings.redactor, this.#settings.limits.eventMaxBytes);
      this.recorder.record(record);
      return record.event_id;
    } catch {
      this.#sink.refuse('invalid_event');
      return '';
    }
  }

  event(event: AgentEvent): string {
    const { identity, refusal } = this.#state;
    const stamp = newStamp();
    const id = idOf(event) ?? `aev_${stamp.event_id}`;
    if (refusal !== null) {
      this.#sink.refuse(refusal);
      return id;
    }
    const { redactor, limits } = this.#settings;
    const charsMax = limits.eventMaxBytes;
    this.#sink.add('agent_event', laneKey, identity, () =>
      JSON.stringify({
        created_at: toMillis(stamp.event_time),
        ...(toPlain(event, redactor, charsMax) as object),
        id,
      }),
    );
    return id;
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the host's function takes.
  tool<F extends (...args: any[]) => unknown>(name: string, fn: F): F {
    return wrapTool(this, name, fn);
  }

  instrument(): Instrumentation {
    return { restore: this.#platform.instrument(this.recorder) };
  }

  run<T>(fn: () => T): T {
    return runInSession(this.recorder, fn);
  }

  flush(timeoutMs = this.#settings.limits.flushTimeoutMs): Promise<boolean> {
    return this.#sink.flush(timeoutMs);
  }

  end(timeoutMs?: number): Promise<boolean> {
    this.#ended ??= this.#end(timeoutMs);
    return this.#ended;
  }

  async #end(timeoutMs?: number): Promise<boolean> {
    endOpenCalls('the session ended', this.recorder);
    this.#state.refusal ??= 'session_ended';
    const isSent = await this.flush(timeoutMs);
    if (isSent) return await this.#close(true);
    void this.#sink.settled().then(() => this.#close(false));
    return false;
  }

  async #close(isRef: boolean): Promise<boolean> {
    const { sender, addresses, limits, onProblem } = this.#settings;
    this.#sink.close();
    if (this.token === '') return false;
    const request = { uasamUrl: addresses.uasamUrl, agentKey: sender.key, isRepeated: true, isRef };
    try {
      await endUasamSession(this.#platform, { ...request, timeoutMs: limits.flushTimeoutMs }, this.token);
      return true;
    } catch (error) {
      onProblem(error as Parameters<typeof onProblem>[0]);
      return false;
    }
  }

  stats(): Stats {
    return this.#sink.stats();
  }
}

/** Null for what has no id that is one, or can't be read. */
function idOf(event: AgentEvent): string | null {
  try {
    const { id } = event;
    return typeof id === 'string' && eventId.test(id) ? id : null;
  } catch {
    return null;
  }
}
