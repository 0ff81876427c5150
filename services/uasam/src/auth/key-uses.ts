import type { Logger } from '@otas/http-kit';

/** When a key was last used, by the key's id. */
export type KeyUseTimes = ReadonlyMap<string, Date>;

export interface KeyUsesOptions {
  /** Writes the times in one statement. */
  write(uses: KeyUseTimes): Promise<void>;
  readonly flushIntervalMs: number;
  readonly logger: Logger;
}

const pendingMaxKeys = 100_000;

/**
 * When each key was last used, kept in memory and written every few seconds, so that a use costs no write.
 * Holds at most 100,000 keys; the uses of more in one interval are not recorded. What a write that failed held is
 * written with the next one.
 */
export class KeyUses {
  #pending = new Map<string, Date>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;
  readonly #options: KeyUsesOptions;

  constructor(options: KeyUsesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.flushIntervalMs);
    this.#timer.unref();
  }

  note(keyId: string, at: Date): void {
    if (this.#pending.size < pendingMaxKeys || this.#pending.has(keyId)) this.#pending.set(keyId, at);
  }

  /** Writes what is pending, after a write that is under way; never rejects. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** The last flush; nothing is written from then on without another. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#pending.size === 0) return;
    const uses = this.#pending;
    this.#pending = new Map();
    try {
      await this.#options.write(uses);
    } catch {
      this.#options.logger.warn({ keys: uses.size }, 'the use of keys could not be written; trying again');
      for (const [keyId, at] of uses) if (!this.#pending.has(keyId)) this.note(keyId, at);
    }
  }
}
