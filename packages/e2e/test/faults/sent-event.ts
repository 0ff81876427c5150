import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { between, oneOf, type Random } from './random';

/** How an event names itself: not at all, by a random id, or by an id and its time. */
export type Naming = 'unnamed' | 'untimed' | 'timed';

/** An event of a load, and what became of it. */
export interface SentEvent {
  /** Its place in the ledger, which is in its body too. */
  readonly number: number;
  readonly naming: Naming;
  readonly body: Readonly<Record<string, unknown>>;
  /** In milliseconds since 1970; null: Brain's to give. */
  readonly timeMs: number | null;
  /** When it was first sent, on the clock of `performance.now()`. */
  readonly sentAtMs: number;
  /** Its id; null for one that has none and got no 201. */
  eventId: string | null;
  /** When the last 201 was here; null without any. */
  takenAtMs: number | null;
  /** Whether every answer refused it: then it must not be there. */
  isRefused: boolean;
}

const words =
  'agent calls a tool that answers with Grüße, 漢字, "quotes", \\ and \u{1F600} or nothing at all'.split(' ');

/** An event as an agent would log it, of 0.3 to 3 KB; its content is all its own. */
export function makeEvent(number: number, naming: Naming, projectId: string, random: Random): SentEvent {
  const { timeMs, ...named } = nameEvent(naming, random);
  const text = Array.from({ length: between(random, 5, 300) }, () => oneOf(random, words)).join(' ');
  return {
    number,
    naming,
    timeMs,
    sentAtMs: performance.now(),
    eventId: named.event_id ?? null,
    takenAtMs: null,
    isRefused: false,
    body: {
      project_id: projectId,
      path: '/faults',
      method: oneOf(random, ['GET', 'POST']),
      status_code: between(random, 100, 599),
      latency_ms: between(random, 0, 8000) / 8,
      request_size_bytes: between(random, 0, 100_000),
      request_body: text,
      metadata: { number },
      ...named,
    },
  };
}

function nameEvent(
  naming: Naming,
  random: Random,
): { timeMs: number | null; event_id?: string; event_time?: string } {
  if (naming === 'unnamed') return { timeMs: null };
  if (naming === 'untimed') return { timeMs: null, event_id: randomUUID() };
  if (random() < 0.5) {
    const id = uuidv7();
    return { timeMs: Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16), event_id: id };
  }
  const now = new Date();
  return { timeMs: now.getTime(), event_id: randomUUID(), event_time: now.toISOString() };
}
