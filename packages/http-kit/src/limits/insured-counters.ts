import { type Count, type Counters, MemoryCounters } from './counters';

/**
 * The numbers of a shared store; while that is away, those of this process, which goes on from what it last saw there.
 * What it counts meanwhile is not told to the store when it is back.
 */
export class InsuredCounters implements Counters {
  readonly #shared: Counters;
  readonly #own = new MemoryCounters();

  /** @param shared rejects while it is away */
  constructor(shared: Counters) {
    this.#shared = shared;
  }

  async add(key: string, points: number, seconds: number): Promise<Count> {
    const count = await orNull(this.#shared.add(key, points, seconds));
    if (count === null) return this.#own.add(key, points, seconds);
    this.#own.put(key, count, seconds);
    return count;
  }

  async find(key: string): Promise<Count | null> {
    try {
      return await this.#shared.find(key);
    } catch {
      return this.#own.find(key);
    }
  }

  async set(key: string, value: number, seconds: number): Promise<void> {
    await Promise.all([this.#own.set(key, value, seconds), orNull(this.#shared.set(key, value, seconds))]);
  }

  async delete(key: string): Promise<void> {
    await Promise.all([this.#own.delete(key), orNull(this.#shared.delete(key))]);
  }
}

/** Null when the store is away, which it has logged. */
async function orNull<T>(step: Promise<T>): Promise<T | null> {
  return step.catch(() => null);
}
