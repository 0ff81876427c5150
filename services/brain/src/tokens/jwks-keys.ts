import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@otas/http-kit';
import { type KeySource, keyOfJwk, type TokenKey } from '@otas/session-token';
import type { JwksClient } from '@otas/uasam-client';

export interface JwksKeysOptions {
  readonly client: Pick<JwksClient, 'fetchKeys' | 'close'>;
  readonly logger: Logger;
  /** Fetched as often without being asked to, in milliseconds. */
  readonly intervalMs: number;
  /** From the beginning of one fetch to that of the next at least, in milliseconds. */
  readonly pauseMs: number;
}

const retryPauses = 5;

/**
 * UASAM's public keys: fetched at the start and every few minutes, and for whoever needs one that is not there. As long as
 * UASAM cannot be asked the keys that were there stay; before the first answer there are none.
 */
export class JwksKeys implements KeySource {
  readonly #options: JwksKeysOptions;
  readonly #stopping = new AbortController();
  #keys: readonly TokenKey[] = [];
  /** The fetch that waits for the pause after the one before; null: none does. */
  #waiting: Promise<void> | null = null;
  #underWay: Promise<void> | null = null;
  #pause: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JwksKeysOptions) {
    this.#options = options;
    this.reload();
  }

  get keys(): readonly TokenKey[] {
    return this.#keys;
  }

  /** Does nothing: whoever can wait calls {@link look}. */
  refresh(): void {}

  reload(): void {
    // A failure has been logged, and is tried again.
    this.#fetch().catch(() => undefined);
  }

  /**
   * Resolves when `isThere` says so, or when the keys are those of an answer that was asked for after this call. However many
   * look at the same time, UASAM is asked once in a pause.
   *
   * @throws ApiError 503 `auth_service_timeout` or `auth_service_error` when it does not answer.
   */
  async look(isThere: () => boolean): Promise<void> {
    if (this.#underWay !== null) await this.#underWay;
    if (!isThere()) await this.#fetch();
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    this.#options.client.close();
  }

  #fetch(): Promise<void> {
    this.#waiting ??= this.#pause.then(() => {
      const { signal } = this.#stopping;
      signal.throwIfAborted();
      this.#waiting = null;
      const underWay = this.#fetchNow().finally(() => {
        this.#underWay = null;
      });
      this.#pause = Promise.allSettled([underWay, sleep(this.#options.pauseMs, undefined, { signal })]);
      this.#underWay = underWay;
      return underWay;
    });
    return this.#waiting;
  }

  async #fetchNow(): Promise<void> {
    const { pauseMs, intervalMs, client, logger } = this.#options;
    clearTimeout(this.#timer);
    try {
      this.#take(await client.fetchKeys());
      this.#fetchIn(intervalMs);
    } catch (error) {
      logger.warn({ err: error }, 'the public keys of UASAM could not be fetched');
      this.#fetchIn(retryPauses * pauseMs);
      throw error;
    }
  }

  #fetchIn(ms: number): void {
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => this.reload(), ms).unref();
  }

  #take(jwks: readonly unknown[]): void {
    const keys = jwks.map(keyOfJwk).filter((key) => key !== null);
    const kids = keys.map((key) => key.kid);
    // The same keys stay the same list, so that what was verified with them need not be verified again.
    if (kids.join() === this.#keys.map((key) => key.kid).join()) return;
    this.#keys = keys;
    this.#options.logger.info({ kids }, 'the public keys of UASAM are others now');
  }
}
