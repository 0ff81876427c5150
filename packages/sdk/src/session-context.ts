import { shared as sharedInProcess } from './platform/node/shared';
import type { Recorder } from './record/recorder';

/** Whose a chain of asynchronous steps is; the part of `AsyncLocalStorage` that is needed here. */
export interface ContextStorage {
  run<T>(recorder: Recorder, fn: () => T): T;
  getStore(): Recorder | undefined;
}

/** A call that is under way. */
export interface OpenCall {
  readonly recorder: Recorder;
  /** Records it as it is now; only the first time counts. */
  end(error: unknown): void;
}

/** What all copies of the SDK in one process share: two of them (ESM and CommonJS, say) must not record a call twice. */
interface Shared {
  storage: ContextStorage | null;
  /** Sessions that record, each with how often it was instrumented and not restored. */
  readonly recorders: Map<Recorder, number>;
  readonly openCalls: Set<OpenCall>;
  /** Takes the hooks out of the platform again; null while there are none. */
  unhook: (() => void) | null;
  readonly counts: { unattributed: number; failed: number };
}

/** What was not recorded by `instrument()`, since the process began. */
export interface InstrumentStats {
  /**
   * Calls of which it cannot be known whose they are: outside of every `run()` while more than one session was
   * instrumented, or by a `fetch` that waited in a pool of undici 7 or older for another session's call to end.
   */
  readonly unattributed: number;
  /** Faults inside the SDK's hooks; the host program did not notice them. */
  readonly failed: number;
}

const shared = sharedInProcess(
  'instrument.1',
  (): Shared => ({
    storage: null,
    recorders: new Map(),
    openCalls: new Set(),
    unhook: null,
    counts: { unattributed: 0, failed: 0 },
  }),
);

/**
 * Gives the platform's own storage, before anything runs in it. Without one (a browser) a session's context ends at the
 * first `await`.
 */
export function provideStorage(create: () => ContextStorage): void {
  shared.storage ??= create();
}

/** Runs `fn` for a session: what it calls, now and after any `await`, is that session's and no other's. */
export function runInSession<T>(recorder: Recorder, fn: () => T): T {
  return storage().run(recorder, fn);
}

/** Counts of all sessions of this process. */
export function instrumentStats(): InstrumentStats {
  return { ...shared.counts };
}

/**
 * Records the calls of a session from now on: those inside its `run()`, and while it is the only one also those outside
 * of any. May be repeated; each time is ended by itself.
 *
 * @param hook puts the hooks into the platform when there are none yet, and returns what takes them out
 * @returns ends it; a second time does nothing
 */
export function beginRecording(recorder: Recorder, hook: () => () => void): () => void {
  shared.unhook ??= hook();
  shared.recorders.set(recorder, (shared.recorders.get(recorder) ?? 0) + 1);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    const left = (shared.recorders.get(recorder) ?? 1) - 1;
    if (left > 0) shared.recorders.set(recorder, left);
    else shared.recorders.delete(recorder);
    if (shared.recorders.size > 0) return;
    shared.unhook?.();
    shared.unhook = null;
  };
}

/**
 * Whose a call is that begins now; null when nobody records it.
 *
 * @param isOwnContext false when the call may be made on behalf of somebody else's; asked only where it matters
 */
export function recorderOf(url: string, isOwnContext: () => boolean = () => true): Recorder | null {
  if (isOwnUrl(url)) return null;
  const recorder = storage().getStore();
  if (shared.recorders.size > 1 && (recorder === undefined || !isOwnContext())) {
    shared.counts.unattributed++;
    return null;
  }
  if (recorder !== undefined) return shared.recorders.has(recorder) ? recorder : null;
  for (const only of shared.recorders.keys()) return only;
  return null;
}

/** Calls that are under way, of all sessions. */
export const openCalls: Set<OpenCall> = shared.openCalls;

/**
 * Records what has come of calls that are still under way; they are not recorded again. For when the process or their
 * session ends.
 *
 * @param reason stands in the record as the call's error
 * @param recorder only those of this session
 */
export function endOpenCalls(reason: string, recorder: Recorder | null = null): void {
  for (const call of openCalls)
    if (recorder === null || call.recorder === recorder) guard(() => call.end(reason));
}

/** Does our own part of something that the host program does: what fails in it is counted and given to nobody. */
export function guard<T>(fn: () => T): T | null {
  try {
    return fn();
  } catch {
    countFault();
    return null;
  }
}

/** Counts a fault of ours that the host program did not notice. */
export function countFault(): void {
  shared.counts.failed++;
}

function storage(): ContextStorage {
  shared.storage ??= createSyncStorage();
  return shared.storage;
}

function isOwnUrl(url: string): boolean {
  for (const recorder of shared.recorders.keys()) if (recorder.isOwnUrl(url)) return true;
  return false;
}

function createSyncStorage(): ContextStorage {
  let current: Recorder | undefined;
  return {
    getStore: () => current,
    run: (recorder, fn) => {
      const before = current;
      current = recorder;
      try {
        return fn();
      } finally {
        current = before;
      }
    },
  };
}
