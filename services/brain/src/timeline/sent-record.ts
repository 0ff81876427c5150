import type { Micros } from '@otas/event-schema';

/** What a stream has sent, in a form short enough to travel with each event; see {@link SentRecord}. */
export interface SentMarks {
  readonly upTo: Micros;
  /** 8 hexadecimal digits each. */
  readonly marks: readonly string[];
}

interface TakenIn {
  readonly eventId: string;
  readonly createdAt: Micros;
}

/** As many events may come to ClickHouse in another order than they were taken in, and a stream still misses none. */
export const marksMax = 16;

/**
 * Which events a stream has sent, by when they were taken in: all that there were up to a moment, and marks of those few
 * after it. With it a stream that is resumed knows what came late, with a time that lies behind the stream already.
 */
export class SentRecord {
  #upTo: Micros;
  /** Ascending in `createdAt`. */
  #recent: { readonly createdAt: Micros; readonly mark: string }[] = [];
  readonly #recalled: Set<string>;

  constructor({ upTo, marks }: SentMarks) {
    this.#upTo = upTo;
    this.#recalled = new Set(marks);
  }

  get upTo(): Micros {
    return this.#upTo;
  }

  get marks(): SentMarks {
    return { upTo: this.#upTo, marks: this.#recent.map(({ mark }) => mark) };
  }

  /** Whether the stream that is resumed has sent it already; then it is kept for the next. */
  recall(event: TakenIn): boolean {
    if (!this.#recalled.has(markOf(event))) return false;
    this.add(event);
    return true;
  }

  add(event: TakenIn): void {
    const { createdAt } = event;
    if (createdAt <= this.#upTo) return;
    const at = this.#recent.findLastIndex((one) => one.createdAt <= createdAt) + 1;
    this.#recent.splice(at, 0, { createdAt, mark: markOf(event) });
    const oldest = this.#recent[0];
    if (this.#recent.length <= marksMax || oldest === undefined) return;
    this.#recent.shift();
    this.#upTo = oldest.createdAt;
  }
}

/** The last digits: the first ones of a UUIDv7 are its time. */
function markOf({ eventId }: TakenIn): string {
  return eventId.slice(-8);
}
