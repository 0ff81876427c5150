import type { Micros } from '@otas/event-schema';

/**
 * The time in microseconds, never twice the same and never going back while the process lives: events that come within
 * one millisecond keep the order in which they came, also when the machine's clock is set back.
 */
export class CaptureClock {
  #last: Micros = 0;

  now(): Micros {
    this.#last = Math.max(Date.now() * 1000, this.#last + 1);
    return this.#last;
  }
}
