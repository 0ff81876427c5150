import type { ExitRequest } from '../delivery/request';
import type { Recorder } from '../record/recorder';

/** A timer that was set. */
export interface Timer {
  clear(): void;
}

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
  /** Whether the process stays alive until the answer is there. */
  readonly isRef: boolean;
}

export interface PostAnswer {
  readonly status: number;
  /** Empty when there is none. */
  readonly retryAfter: string;
  readonly text: string;
}

/** What wants to be told that the process, or the page, is about to end. */
export interface ExitTarget {
  /** Whether something waits to be sent. */
  hasPending(): boolean;
  /** Sends what waits, in the background; false when not all was taken within the time. Never rejects. */
  flushForExit(): Promise<boolean>;
  /**
   * All that waits, as requests; for where nothing can be awaited any more.
   *
   * @param batchMaxBytes of a request's body, about; the delivery's own bound when left out
   */
  requestsForExit(batchMaxBytes?: number): readonly ExitRequest[];
  /** How long the end may be held up. */
  readonly exitTimeoutMs: number;
}

/** What Node.js, Bun and Deno have, and a browser has otherwise or not at all. */
export interface Platform {
  env(name: string): string | undefined;
  /** @param isRef whether the process stays alive for it */
  setTimer(run: () => void, delayMs: number, isRef: boolean): Timer;
  /** Sends a request past every patch of the host; redirects are not followed. @throws when no answer comes in time */
  post(request: PostRequest): Promise<PostAnswer>;
  /** Null where requests can't be compressed. */
  readonly gzip: ((text: string) => Promise<Uint8Array<ArrayBuffer>>) | null;
  /** Records the HTTP calls of this process, or page, until the function that it gives is called. */
  instrument(recorder: Recorder): () => void;
  /** Tells `target` of the end of the process until the function that it gives is called. */
  onExit(target: ExitTarget): () => void;
}
