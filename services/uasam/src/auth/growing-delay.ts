import type { Counters } from '@otas/http-kit';

/** Failures are forgotten as long after the first one. */
export const failuresWindowSeconds = 15 * 60;
const delaysSeconds = [2, 4, 8, 16, 30] as const;

/** A try that may be made; it counts as a failure unless one of these is called. */
export interface BegunTry {
  /** It was made, and was none. */
  succeeded(): Promise<unknown>;
  /** It was not made. */
  cancel(): Promise<unknown>;
}

/** A try that must not be made now. */
export interface TooEarly {
  /** More than 0. */
  readonly msToWait: number;
}

/**
 * After a number of failures within 15 minutes, one try each 2, 4, 8, 16, and then 30 seconds. Tries at the same time
 * are all counted, since each is counted before it is judged. One that comes too early changes nothing.
 */
export class GrowingDelay {
  readonly #counters: Counters;
  readonly #name: string;
  readonly #freeFailures: number;

  /** @param freeFailures as many have no delay between them; at least 1 */
  constructor(counters: Counters, name: string, freeFailures: number) {
    this.#counters = counters;
    this.#name = name;
    this.#freeFailures = freeFailures;
  }

  /** How long the next try has to wait, in milliseconds; 0: it need not. */
  async msToWait(key: string): Promise<number> {
    return (await this.#counters.find(this.#waitKey(key)))?.msLeft ?? 0;
  }

  /** Begins a try. */
  async begin(key: string): Promise<BegunTry | TooEarly> {
    const counters = this.#counters;
    const failuresKey = this.#failuresKey(key);
    const failures = await counters.add(failuresKey, 1, failuresWindowSeconds);
    const uncount = () => counters.add(failuresKey, -1, failuresWindowSeconds);
    const delay = delaysSeconds[Math.min(failures.value - this.#freeFailures, delaysSeconds.length - 1)];
    if (delay === undefined) return { succeeded: uncount, cancel: uncount };
    // The first one since the last wait ended begins the next wait; who finds it begun is too early.
    const waitKey = this.#waitKey(key);
    const waiting = await counters.add(waitKey, 1, delay);
    if (waiting.value > 1) {
      await uncount();
      return { msToWait: Math.max(1, waiting.msLeft) };
    }
    const cancel = () => Promise.all([uncount(), counters.delete(waitKey)]);
    return { succeeded: uncount, cancel };
  }

  /** Forgets the failures of a key, and the wait after them. */
  async forget(key: string): Promise<void> {
    await Promise.all([
      this.#counters.delete(this.#failuresKey(key)),
      this.#counters.delete(this.#waitKey(key)),
    ]);
  }

  #failuresKey(key: string): string {
    return `${this.#name}:failures:${key}`;
  }

  #waitKey(key: string): string {
    return `${this.#name}:wait:${key}`;
  }
}
