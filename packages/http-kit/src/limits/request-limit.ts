import type { RedisCounters } from './redis-counters';

/** Counters of one limit; keys that fall on the same one share it. */
export const bucketCount = 65_536;

const shareIntervalMs = 100;

export interface RequestLimitOptions {
  /** Inclusive bound on the requests of one window; at least 1. */
  readonly max: number;
  readonly windowSeconds: number;
  /** A clock in milliseconds that never goes back. */
  nowMs(): number;
  /** Where other processes count the same, and under which name; null: this process counts alone. */
  readonly shared: { readonly counters: RedisCounters; readonly name: string } | null;
}

/**
 * At most `max` requests in a window, which begins with the first one, for each of 65,536 buckets: 768 KB, whatever is
 * counted. Nothing here waits: processes tell each other what they counted ten times a second, so that together they
 * may let through what arrives within that time.
 */
export class RequestLimit {
  readonly max: number;
  /** As it stands in `RateLimit-Limit`. */
  readonly maxText: string;
  /** How many requests were refused by it. */
  refused = 0;
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #counts = new Uint32Array(bucketCount);
  readonly #endsAtMs = new Float64Array(bucketCount);
  readonly #shared: RequestLimitOptions['shared'];
  #untold = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ max, windowSeconds, nowMs, shared }: RequestLimitOptions) {
    this.max = max;
    this.maxText = String(max);
    this.#windowMs = windowSeconds * 1000;
    this.#nowMs = nowMs;
    this.#shared = shared;
  }

  /** Counts a request, and gives how many the bucket has had in its window, this one included. */
  count(bucket: number, nowMs: number): number {
    if (nowMs >= (this.#endsAtMs[bucket] as number)) {
      this.#counts[bucket] = 0;
      this.#endsAtMs[bucket] = nowMs + this.#windowMs;
      this.#untold.delete(bucket);
    }
    const count = (this.#counts[bucket] as number) + 1;
    this.#counts[bucket] = count;
    if (this.#shared !== null) this.#tellLater(bucket);
    return count;
  }

  /** Whole seconds until the bucket's window ends, at least 1. */
  secondsLeft(bucket: number, nowMs: number): number {
    return Math.max(1, Math.ceil(((this.#endsAtMs[bucket] as number) - nowMs) / 1000));
  }

  /** Tells nobody any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #tellLater(bucket: number): void {
    this.#untold.set(bucket, (this.#untold.get(bucket) ?? 0) + 1);
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => void this.#tell(), shareIntervalMs);
    this.#timer.unref();
  }

  /** Adds what this process counted to the shared numbers, which say what all have counted. */
  async #tell(): Promise<void> {
    const { counters, name } = this.#shared as NonNullable<RequestLimitOptions['shared']>;
    if (counters.isUp) {
      // What was counted in a window that has ended since, while Redis was away, concerns nobody any more.
      const nowMs = this.#nowMs();
      const untold = [...this.#untold].filter(([bucket]) => (this.#endsAtMs[bucket] as number) > nowMs);
      this.#untold = new Map();
      await Promise.all(
        untold.map(([bucket, points]) => this.#tellOne(counters, `${name}:${bucket}`, bucket, points)),
      );
    }
    this.#timer = null;
  }

  async #tellOne(counters: RedisCounters, key: string, bucket: number, points: number): Promise<void> {
    try {
      const { value, msLeft } = await counters.add(key, points, this.#windowMs / 1000);
      this.#counts[bucket] = value + (this.#untold.get(bucket) ?? 0);
      this.#endsAtMs[bucket] = this.#nowMs() + msLeft;
    } catch {
      // This process goes on with its own count; it has one number for each bucket, so nothing piles up.
    }
  }
}
