import { isDataError } from './errors';

export interface BatchesOptions<Item, Result> {
  /** Does the work of a batch as a whole or not at all, and gives the results in the order of the items. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /** What an item takes of `sizeMax`; one that takes more goes alone. */
  sizeOf(item: Item): number;
  readonly sizeMax: number;
  /** How many batches are under way at most. */
  readonly runningMax: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does together what is asked for at the same time. An item goes at once unless as many batches as may be are under way; what
 * waits for them makes up the next one. So nobody waits while there is little to do, and many share a statement while there
 * is much. An item is never part of a statement that began before it was added. Nothing here bounds how many wait: they are
 * as many as there are requests.
 */
export class Batches<Item, Result> {
  readonly #options: BatchesOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;

  constructor(options: BatchesOptions<Item, Result>) {
    this.#options = options;
  }

  /** The item's result. Rejects with what its batch failed with; when that was another item's fault, it is done alone. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      void this.#next();
    });
  }

  async #next(): Promise<void> {
    const { runningMax } = this.#options;
    if (this.#running >= runningMax || this.#waiting.length === 0) return;
    this.#running++;
    await this.#settle(this.#take());
    this.#running--;
    void this.#next();
  }

  async #settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as Result);
    } catch (error) {
      if (batch.length > 1 && isDataError(error)) {
        for (const one of batch) await this.#settle([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  #take(): Waiting<Item, Result>[] {
    const { sizeOf, sizeMax } = this.#options;
    let [count, size] = [0, 0];
    for (const { item } of this.#waiting) {
      size += sizeOf(item);
      if (count > 0 && size > sizeMax) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
