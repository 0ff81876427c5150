import type { EventQueue } from './event-queue';
import type { Lane } from './lane';
import type { Limits } from './limits';
import { bodyOf, type ExitRequest, headersOf, type Sender, urlOf } from './request';

/**
 * All that waits, as requests in the order of each session; what is being sent is among them, since nobody will see its
 * answer. Their answers are to be told in this order.
 *
 * @param accept called with how many of a lane's first events were taken
 */
export function exitRequests(
  queue: EventQueue,
  sender: Sender,
  limits: Pick<Limits, 'batchMaxEvents' | 'batchMaxBytes'>,
  accept: (lane: Lane, count: number) => void,
): ExitRequest[] {
  const requests: ExitRequest[] = [];
  for (const lane of queue.lanes) {
    const { kind, identity } = lane;
    if (identity === null) continue;
    for (let at = 0; at < lane.length; ) {
      const events = lane.peek(limits.batchMaxEvents, limits.batchMaxBytes, at).map(({ json }) => json);
      at += events.length;
      requests.push({
        url: urlOf(sender, kind, identity),
        headers: headersOf(sender, identity),
        body: bodyOf(kind, identity, events),
        accept: () => accept(lane, events.length),
      });
    }
  }
  return requests;
}
