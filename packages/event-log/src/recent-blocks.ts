import type { LogBlock } from './block';
import { comparePositions, type LogPosition } from './position';

/**
 * The last blocks that were appended, in memory, for a reader who follows closely. One who is further behind than
 * `maxBytes` reads from disk, and nothing is kept until he has caught up.
 */
export class RecentBlocks {
  readonly #maxBytes: number;
  #blocks: LogBlock[] = [];
  #bytes = 0;
  /** All that was appended behind this place is in memory. */
  #floor: LogPosition;
  #isFollowed = true;

  /** @param floor a place that all blocks to come are behind, and no block on disk */
  constructor(maxBytes: number, floor: LogPosition) {
    this.#maxBytes = maxBytes;
    this.#floor = floor;
  }

  add(blocks: readonly LogBlock[]): void {
    for (const block of blocks) {
      this.#blocks.push(block);
      this.#bytes += block.length;
    }
    if (this.#bytes > this.#maxBytes) this.#isFollowed = false;
    if (!this.#isFollowed) this.#letGo(this.#blocks.length);
  }

  /** Lets those go that are at or before a place. */
  forget(through: LogPosition): void {
    const end = this.#blocks.findIndex(({ position }) => comparePositions(position, through) > 0);
    this.#letGo(end === -1 ? this.#blocks.length : end);
  }

  /** The blocks behind a place that a reader has come to; none: if there are any, they are on disk. */
  behind(after: LogPosition | null): readonly LogBlock[] {
    if (after === null || comparePositions(after, this.#floor) < 0) return [];
    this.#isFollowed = true;
    const from = this.#blocks.findIndex(({ position }) => comparePositions(position, after) > 0);
    return from === -1 ? [] : this.#blocks.slice(from);
  }

  #letGo(count: number): void {
    const gone = this.#blocks.splice(0, count);
    for (const block of gone) this.#bytes -= block.length;
    this.#floor = gone.at(-1)?.position ?? this.#floor;
  }
}
