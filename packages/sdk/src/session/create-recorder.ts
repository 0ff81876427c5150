import type { CallRecord } from '../record/call-record';
import type { Recorder } from '../record/recorder';

/** Where a back end's events go, and how. */
export interface RecorderOptions {
  /** `otas_…`; the default is the environment's `OTAS_SDK_KEY`. */
  readonly sdkKey?: string;
}

/** Takes down the requests that agents make to a project's own back end; one for the life of the process. */
export interface BackEndRecorder {
  /** A recorder for the session whose token came with a request; cheap, one for each request. */
  forSession(sessionToken: string): Recorder;
  /** The same as `forSession(sessionToken).record(call)`. */
  record(call: CallRecord, sessionToken: string): void;
  /** Sends what waits. @returns true when nothing waits any more, false when the time was over first; never rejects */
  flush(timeoutMs?: number): Promise<boolean>;
}

/** @throws OtasError `no_sdk_key` */
export declare function createRecorder(options: RecorderOptions): BackEndRecorder;
