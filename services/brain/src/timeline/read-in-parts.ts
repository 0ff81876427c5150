import {
  AnswerTooLarge,
  type Arrival,
  type SessionScope,
  type TimelineItem,
  type TimelineStore,
} from '@otas/event-store';

const partMax = 200;

export interface Part {
  readonly arrivals: readonly Arrival[];
  /** Those of the arrivals that are there and not hidden, in the order of their places. */
  readonly items: readonly TimelineItem[];
}

/**
 * Reads arrivals in their order, in parts that are small enough for one answer of the store.
 *
 * @throws AnswerTooLarge when one event is too large already; EventStoreUnavailable
 */
export async function* readInParts(
  store: TimelineStore,
  scope: SessionScope,
  arrivals: readonly Arrival[],
): AsyncGenerator<Part> {
  let size = partMax;
  for (let begin = 0; begin < arrivals.length; ) {
    const part = arrivals.slice(begin, begin + size);
    try {
      yield { arrivals: part, items: await store.readItems(scope, part) };
      begin += part.length;
    } catch (error) {
      if (part.length === 1 || !(error instanceof AnswerTooLarge)) throw error;
      size = Math.ceil(part.length / 2);
    }
  }
}
