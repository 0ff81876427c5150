import type { Micros } from '@otas/event-schema';

const textName = 'clock';

/**
 * The time in microseconds, never twice the same and never going back, also over restarts: events that come within one
 * millisecond keep the order in which they came, also when the machine's clock is set back.
 */
export class CaptureClock {
  #last: Micros = 0;

  now(): Micros {
    this.#last = Math.max(Date.now() * 1000, this.#last + 1);
    return this.#last;
  }

  /** Goes on behind what another clock has kept in `texts`. */
  goOnFrom(texts: ReadonlyMap<string, string>): void {
    this.#last = Math.max(this.#last, Number(texts.get(textName) ?? 0));
  }

  /** What a log is to keep with the events that were stamped so far. */
  get text(): readonly [name: string, text: string] {
    return [textName, String(this.#last)];
  }
}
