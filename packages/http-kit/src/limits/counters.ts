/** A number that ends by itself. */
export interface Count {
  readonly value: number;
  /** How long it is still there, in milliseconds. */
  readonly msLeft: number;
}

/** Numbers by key, each there for a time of its own. Every step is atomic; none rejects, but for those of a store that is away. */
export interface Counters {
  /** Adds to a number, which begins with 0; `seconds` is how long it is there when this begins it, and at least 1. */
  add(key: string, points: number, seconds: number): Promise<Count>;
  /** Null when there is none. */
  find(key: string): Promise<Count | null>;
  /** Replaces a number, or begins it; `value` is a whole number, `seconds` is at least 1. */
  set(key: string, value: number, seconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

interface Entry {
  value: number;
  endsAtMs: number;
}

const entriesMaxDefault = 200_000;

/**
 * Numbers of this process: of each length of time at most 200,000, of about 200 bytes each. Past that the one that was
 * begun first makes room.
 */
export class MemoryCounters implements Counters {
  /** By seconds, so that those which were begun first are also the first to end. */
  readonly #byDuration = new Map<number, Map<string, Entry>>();
  readonly #entriesMax: number;
  readonly #nowMs: () => number;

  /** @param nowMs a clock in milliseconds that never goes back */
  constructor(nowMs: () => number = () => performance.now(), entriesMax = entriesMaxDefault) {
    this.#nowMs = nowMs;
    this.#entriesMax = entriesMax;
  }

  async add(key: string, points: number, seconds: number): Promise<Count> {
    const entry = this.#live(key);
    if (entry === null) {
      this.put(key, { value: points, msLeft: seconds * 1000 }, seconds);
      return { value: points, msLeft: seconds * 1000 };
    }
    entry.value += points;
    return this.#countOf(entry);
  }

  async find(key: string): Promise<Count | null> {
    const entry = this.#live(key);
    return entry === null ? null : this.#countOf(entry);
  }

  async set(key: string, value: number, seconds: number): Promise<void> {
    this.put(key, { value, msLeft: seconds * 1000 }, seconds);
  }

  async delete(key: string): Promise<void> {
    for (const entries of this.#byDuration.values()) entries.delete(key);
  }

  /** Like {@link set}, for what was begun elsewhere, for as many seconds, and ends after `msLeft`. */
  put(key: string, { value, msLeft }: Count, seconds: number): void {
    void this.delete(key);
    const entries = this.#byDuration.get(seconds) ?? new Map<string, Entry>();
    this.#byDuration.set(seconds, entries);
    this.#makeRoom(entries);
    entries.set(key, { value, endsAtMs: this.#nowMs() + msLeft });
  }

  #live(key: string): Entry | null {
    for (const entries of this.#byDuration.values()) {
      const entry = entries.get(key);
      if (entry !== undefined && entry.endsAtMs > this.#nowMs()) return entry;
    }
    return null;
  }

  #countOf({ value, endsAtMs }: Entry): Count {
    return { value, msLeft: endsAtMs - this.#nowMs() };
  }

  #makeRoom(entries: Map<string, Entry>): void {
    for (const [key, { endsAtMs }] of entries) {
      if (endsAtMs > this.#nowMs() && entries.size < this.#entriesMax) return;
      entries.delete(key);
    }
  }
}
