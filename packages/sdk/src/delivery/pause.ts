import { backoffMs } from './backoff';
import type { Lane } from './lane';
import type { Limits } from './limits';

/** When to try again: of all sessions after what concerns all, else of one. */
export class Pause {
  readonly #limits: Pick<Limits, 'retryMinMs' | 'retryMaxMs' | 'retryAfterMaxMs'>;
  #failures = 0;
  #until = 0;
  /** Whether the server asked for it. */
  #isAsked = false;

  constructor(limits: Pick<Limits, 'retryMinMs' | 'retryMaxMs' | 'retryAfterMaxMs'>) {
    this.#limits = limits;
  }

  /** `performance.now()` from which on the lane may be tried. */
  endOf(lane: Lane): number {
    return Math.max(lane.pausedUntil, this.#until);
  }

  /** @param askedMs what the server asked for; 0 when nothing */
  begin(lane: Lane, askedMs: number, isOfSession: boolean): void {
    const { retryMinMs, retryMaxMs, retryAfterMaxMs } = this.#limits;
    const now = performance.now();
    const asked = Math.min(askedMs, retryAfterMaxMs);
    if (isOfSession) {
      lane.pausedUntil = now + Math.max(asked, backoffMs(++lane.failures, retryMinMs, retryMaxMs));
      return;
    }
    // Requests that failed side by side are one failure.
    if (this.#until <= now) this.#failures++;
    this.#isAsked = asked > 0;
    this.#until = Math.max(
      this.#until,
      now + Math.max(asked, backoffMs(this.#failures, retryMinMs, retryMaxMs)),
    );
  }

  /** Somebody answered; what a server asked for still holds. */
  clear(lane: Lane): void {
    lane.failures = 0;
    lane.pausedUntil = 0;
    this.#failures = 0;
    this.endOwn();
  }

  /** Ends a pause that nobody asked for: who flushes wants to know now. */
  endOwn(): void {
    if (!this.#isAsked) this.#until = 0;
  }
}
