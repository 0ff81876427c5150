import { comparePlaces, type TimelinePlace } from '@otas/event-store';
import { keyOf, type StreamItem } from './stream-item';

/** Items that wait for their turn in a stream, bounded by the length of their JSON. */
export class PendingItems {
  readonly #items = new Map<string, StreamItem>();
  readonly #lengthMax: number;
  #length = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** One item may always wait, however long it is; with more the bound counts. */
  get isOverfull(): boolean {
    return this.#length > this.#lengthMax && this.#items.size > 1;
  }

  add(item: StreamItem): void {
    this.#items.set(keyOf(item.place), item);
    this.#length += item.json.length;
  }

  /** Gives whether it was there. */
  remove(item: StreamItem): boolean {
    const key = keyOf(item.place);
    const found = this.#items.get(key);
    if (found === undefined) return false;
    this.#length -= found.json.length;
    return this.#items.delete(key);
  }

  /** All of them: those that are late for a stream that has come to `place` in the order of taking in, then the others by place. */
  takeAll(place: TimelinePlace | null): StreamItem[] {
    const items = [...this.#items.values()].sort((a, b) => comparePlaces(a.place, b.place));
    this.#items.clear();
    this.#length = 0;
    const inOrderFrom = items.findIndex((item) => place === null || comparePlaces(item.place, place) > 0);
    const late = items.splice(0, inOrderFrom === -1 ? items.length : inOrderFrom);
    return [...late.sort((a, b) => a.createdAt - b.createdAt), ...items];
  }
}
