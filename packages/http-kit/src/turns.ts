import { setImmediate as nextTurn } from 'node:timers/promises';

/** Gives each turn of the event loop to one of those who have much to do: whatever else has come goes in between. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves in a turn that nobody else has; those who ask first come first. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => nextTurn());
    return this.#last;
  }
}
