import { createHmac, randomBytes } from 'node:crypto';
import { ApiError } from '@otas/errors';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Bounds the memory of one limit, at a few hundred bytes each. */
const bucketCount = 65_536;

/**
 * At most `max` attempts per key (an address, an account) in a window that begins with the first one. Keys share 65,536
 * counters, chosen by a hash that nobody outside can foresee, so that memory stays bounded whatever keys are tried.
 */
export class AttemptLimit {
  readonly #limiter: RateLimiterMemory | null;
  readonly #max: number;
  readonly #salt = randomBytes(32);

  /** @param max 0 is no limit. */
  constructor(max: number, windowSeconds: number) {
    this.#max = max;
    this.#limiter = max === 0 ? null : new RateLimiterMemory({ points: max, duration: windowSeconds });
  }

  /** Counts an attempt. @throws ApiError 429 `rate_limit_exceeded` when it is one too many. */
  async consume(key: string): Promise<void> {
    try {
      await this.#limiter?.consume(this.#bucketOf(key));
    } catch (state) {
      throw tooMany(state as RateLimiterRes);
    }
  }

  /** Counts nothing. @throws ApiError 429 `rate_limit_exceeded` when the next attempt would be one too many. */
  async check(key: string): Promise<void> {
    const state = await this.#limiter?.get(this.#bucketOf(key));
    if (state && state.consumedPoints >= this.#max) throw tooMany(state);
  }

  /** Forgets the attempts of a key. */
  async clear(key: string): Promise<void> {
    await this.#limiter?.delete(this.#bucketOf(key));
  }

  #bucketOf(key: string): string {
    const digest = createHmac('sha256', this.#salt).update(key).digest();
    return String(digest.readUInt32BE(0) % bucketCount);
  }
}

function tooMany(state: RateLimiterRes): ApiError {
  return new ApiError('rate_limit_exceeded', { retryAfterSeconds: Math.ceil(state.msBeforeNext / 1000) });
}
