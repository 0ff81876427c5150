import type { Logger } from '@otas/http-kit';
import type { RevocationsStore } from './revocations.store';

const sweepIntervalMs = 5 * 60 * 1000;
const keptSeconds = 60 * 60;

/** Deletes revocations an hour after they were made: nobody remembers an answer for so long. */
export class RevocationSweep {
  readonly #store: Pick<RevocationsStore, 'deleteOlderThan'>;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Pick<RevocationsStore, 'deleteOlderThan'>, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.run(), sweepIntervalMs);
    this.#timer.unref();
  }

  /** One sweep, after one that is under way; never rejects. */
  run(): Promise<void> {
    this.#running = this.#running.then(() => this.#sweep());
    return this.#running;
  }

  /** Waits for the sweep under way; there is none from then on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sweep(): Promise<void> {
    try {
      await this.#store.deleteOlderThan(keptSeconds);
    } catch {
      this.#logger.warn('old revocations could not be deleted; trying again in five minutes');
    }
  }
}
