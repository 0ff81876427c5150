const [firstMs, mostMs] = [250, 10_000];

/** How long to wait before the next try: longer after each, at random, so that clients do not come back all at once. */
export class RetryDelays {
  #count = 0;

  /** Tries since the last that went well. */
  get count(): number {
    return this.#count;
  }

  /** In milliseconds; at least what the service asked for. */
  next(retryAfterMs: number | null = null): number {
    const bound = Math.min(mostMs, firstMs * 2 ** this.#count++);
    return Math.max(retryAfterMs ?? 0, bound * (0.5 + Math.random() / 2));
  }

  /** A try went well. */
  reset(): void {
    this.#count = 0;
  }
}
