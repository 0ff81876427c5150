import type { Logger } from '@otas/http-kit';

export interface OldIterationsOptions {
  /** The most iterations of any password hash of the original system that is still kept; 0: there is none. */
  read(): Promise<number>;
  readonly logger: Logger;
  nowMs?(): number;
}

const readEveryMs = 60_000;

/**
 * How many iterations a login spends, whoever it is for, so that the time does not tell whether an account was imported and
 * has not been used since. Read again at most once a minute, beside the logins; those of the first wait for it.
 */
export class OldIterations {
  readonly #options: OldIterationsOptions;
  readonly #nowMs: () => number;
  #value = 0;
  #reading: Promise<void> | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OldIterationsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async get(): Promise<number> {
    const isFirst = this.#readAtMs === Number.NEGATIVE_INFINITY;
    if (this.#nowMs() - this.#readAtMs >= readEveryMs) this.#reading ??= this.#read();
    if (isFirst) await this.#reading;
    return this.#value;
  }

  /** A hash with so many iterations was seen. */
  atLeast(iterations: number): void {
    this.#value = Math.max(this.#value, iterations);
  }

  async #read(): Promise<void> {
    try {
      this.#value = await this.#options.read();
      this.#readAtMs = this.#nowMs();
    } catch {
      this.#options.logger.warn('the iterations of imported passwords could not be read; trying again');
    } finally {
      this.#reading = null;
    }
  }
}
