import { createHmac, randomBytes } from 'node:crypto';
import { ApiError } from '@otas/errors';
import type { MountedEndpoint } from '@otas/http-kit';
import { credentialIn } from './credential';

const bucketCount = 65_536;

/**
 * At most `max` requests per key (a credential, say) in each window. Keys share 65,536 counters, chosen by a hash that
 * nobody outside can foresee, so that memory stays bounded whatever keys are tried.
 */
export class RequestLimit {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #salt = randomBytes(32);
  readonly #counts = new Uint32Array(bucketCount);
  #endsAtMs = 0;

  /**
   * @param max 0 is no limit
   * @param nowMs a clock in milliseconds that never goes back
   */
  constructor(max: number, windowSeconds: number, nowMs: () => number = () => performance.now()) {
    this.#max = max;
    this.#windowMs = windowSeconds * 1000;
    this.#nowMs = nowMs;
  }

  /** Counts a request. @throws ApiError 429 `rate_limit_exceeded` when it is one too many */
  count(key: string): void {
    if (this.#max === 0) return;
    const nowMs = this.#nowMs();
    if (nowMs >= this.#endsAtMs) {
      this.#counts.fill(0);
      this.#endsAtMs = nowMs + this.#windowMs;
    }
    const bucket = this.#bucketOf(key);
    const count = (this.#counts[bucket] ?? 0) + 1;
    this.#counts[bucket] = count;
    if (count <= this.#max) return;
    const retryAfterSeconds = Math.ceil((this.#endsAtMs - nowMs) / 1000);
    throw new ApiError('rate_limit_exceeded', { retryAfterSeconds });
  }

  #bucketOf(key: string): number {
    return createHmac('sha256', this.#salt).update(key).digest().readUInt16BE(0);
  }
}

/** The same endpoints, with the limit on reads, by the text of the credential: it need not be valid to be counted. */
export function limitReads(limit: RequestLimit, endpoints: readonly MountedEndpoint[]): MountedEndpoint[] {
  return endpoints.map((one) => {
    if (!one.methods.includes('GET')) return one;
    return {
      ...one,
      run: async (context) => {
        const credential = credentialIn(context);
        if (credential !== null) limit.count(credential);
        return one.run(context);
      },
    };
  });
}
