import type { PlacedBlock } from '@otas/event-log';

interface KeptBlock extends PlacedBlock {
  readonly deliveredMs: number;
}

/** The blocks that ClickHouse has taken and the log still has, in their order, up to a bound of bytes. */
export class KeptBlocks {
  readonly #maxBytes: number;
  #blocks: KeptBlock[] = [];
  #bytes = 0;

  /** @param maxBytes 0: none is kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds blocks that were delivered at `nowMs`, and gives the first ones, for which there is no more room. */
  add(blocks: readonly PlacedBlock[], nowMs: number): PlacedBlock[] {
    for (const { position, length } of blocks) {
      this.#blocks.push({ position, length, deliveredMs: nowMs });
      this.#bytes += length;
    }
    let [count, bytes] = [0, this.#bytes];
    for (; bytes > this.#maxBytes; count++) bytes -= (this.#blocks[count] as KeptBlock).length;
    return this.#take(count);
  }

  /** Gives those that were delivered before a time; they are not kept any longer. */
  takeBefore(timeMs: number): PlacedBlock[] {
    const end = this.#blocks.findIndex(({ deliveredMs }) => deliveredMs >= timeMs);
    return this.#take(end === -1 ? this.#blocks.length : end);
  }

  /** They have been delivered again. */
  renew(nowMs: number): void {
    this.#blocks = this.#blocks.map((block) => ({ ...block, deliveredMs: nowMs }));
  }

  #take(count: number): PlacedBlock[] {
    const taken = this.#blocks.splice(0, count);
    for (const { length } of taken) this.#bytes -= length;
    return taken;
  }
}
