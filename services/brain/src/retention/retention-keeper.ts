import { setTimeout as sleep } from 'node:timers/promises';
import type { ErasureStore, Retention, RetentionRules } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';

export interface RetentionKeeperOptions {
  readonly retention: Retention;
  /** Asks UASAM. */
  readonly ask: () => Promise<RetentionRules>;
  readonly store: Pick<ErasureStore, 'eraseExpired'>;
  readonly logger: Logger;
  /** How often UASAM is asked, in milliseconds. */
  readonly pollMs: number;
  /** How often it is looked for events that are to be gone, in milliseconds. */
  readonly sweepMs: number;
}

/** Keeps up with how long projects keep their events, and erases those that are past it. */
export class RetentionKeeper {
  readonly #options: RetentionKeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: RetentionKeeperOptions) {
    this.#options = options;
  }

  /** Begins; once there are tables. */
  start(): void {
    const { pollMs, sweepMs } = this.#options;
    this.#running = Promise.all([
      this.#repeat(pollMs, () => this.poll()),
      this.#repeat(sweepMs, () => this.sweep()),
    ]);
  }

  /** Ends after what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Asks UASAM for the rules; what is known holds until it answers. */
  async poll(): Promise<void> {
    this.#options.retention.rules = await this.#options.ask();
  }

  /** Begins to erase what is past its retention. Nothing as long as it was never known. */
  async sweep(): Promise<void> {
    await this.#options.retention.untilKnown();
    const tables = await this.#options.store.eraseExpired(this.#options.retention);
    if (tables.length > 0) this.#options.logger.info({ tables }, 'erasing events past their retention');
  }

  async #repeat(everyMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (let isFailing = false; !signal.aborted; ) {
      try {
        await work();
        isFailing = false;
      } catch (error) {
        if (!isFailing)
          this.#options.logger.warn({ err: error }, 'retention cannot be looked after now; trying again');
        isFailing = true;
      }
      // While it fails, again soon; and instances that were started together not at the same time.
      const waitMs = (isFailing ? Math.min(everyMs, 10_000) : everyMs) * (0.75 + Math.random() / 2);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
