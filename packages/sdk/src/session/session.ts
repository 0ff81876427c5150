import type { Stats } from '../delivery/stats';
import type { Recorder } from '../record/recorder';
import type { AgentEvent } from './agent-event';
import type { LoggedCall } from './logged-call';

/** What instrumenting can be undone with. */
export interface Instrumentation {
  /** Puts back exactly what was there; a second time does nothing. */
  restore(): void;
}

/** A session of an agent. But for what they run of the host's, its methods never throw, and its promises never reject. */
export interface Session {
  /** Value of `X-OTAS-AGENT-SESSION-TOKEN`; empty while there is no session (`onFailure`). */
  readonly token: string;
  /** UUIDs; empty while there is no session. */
  readonly id: string;
  readonly agentId: string;
  readonly projectId: string;
  /** True once there is a session, false once it is known that there will be none. */
  readonly ready: Promise<boolean>;
  /** For the parts of the SDK that record calls. */
  readonly recorder: Recorder;

  /** Records a call that was not seen by `instrument()`. @returns the id of the event */
  log(call: LoggedCall): string;
  /** Records what the agent said, thought or did. @returns the id of the event */
  event(event: AgentEvent): string;
  /** The same function, whose input, output, error and duration are recorded whenever it is called. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the host's function takes.
  tool<F extends (...args: any[]) => unknown>(name: string, fn: F): F;
  /** Records the HTTP calls of this process from now on; those of several sessions are told apart by `run()`. */
  instrument(): Instrumentation;
  /** Runs `fn`; what it calls, now and after any `await`, is this session's. @returns what `fn` returns */
  run<T>(fn: () => T): T;

  /** Sends what waits. @returns true when nothing of it waits any more, false when the time was over first */
  flush(timeoutMs?: number): Promise<boolean>;
  /**
   * Flushes, and ends the session in UASAM; what is recorded later is dropped. What could not be sent in time goes on
   * being sent, and the session ends after it.
   *
   * @returns true when all was sent and the session is over
   */
  end(timeoutMs?: number): Promise<boolean>;
  stats(): Stats;
}
