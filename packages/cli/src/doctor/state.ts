import type { Settings } from '../config/settings';
import type { Run } from '../context';
import type { ApiClient } from '../http/api-client';

/** What one check finds out for the next ones. Null: not known yet. */
export interface DoctorState {
  readonly run: Run;
  /** An agent's key to try; null when none was given. */
  readonly agentKey: string | null;
  /** Whether an agent is made, and deleted afterwards, where no key was given. */
  readonly mayMakeAgent: boolean;
  settings: Settings | null;
  uasam: ApiClient | null;
  brain: ApiClient | null;
  /** How far this machine's clock is ahead, by what each service says, in milliseconds. */
  readonly skewsMs: Map<string, number>;
  agent: DoctorAgent | null;
  session: DoctorSession | null;
  event: DoctorEvent | null;
}

export interface DoctorAgent {
  readonly id: string;
  readonly key: string;
  readonly isTemporary: boolean;
}

export interface DoctorSession {
  readonly id: string;
  readonly token: string;
}

export interface DoctorEvent {
  readonly id: string;
  /** When it was sent, in milliseconds of `performance.now()`. */
  readonly sentAtMs: number;
  /** Until it was answered. */
  readonly logMs: number;
  /** Until it was read, and the read alone; null before. */
  visibleMs: number | null;
  readMs: number | null;
}
