import type { Micros } from '@otas/event-schema';
import { agentEventCounts } from './queries/agent-event-counts';
import { run } from './queries/query';
import type { SessionScope } from './queries/session';
import type { Reader } from './reader';

/** What was counted of a session. */
export interface Counted {
  /** Rows in the table, of all versions of its events. */
  readonly rows: number;
  readonly all: number;
  /** Without the hidden ones. */
  readonly visible: number;
  readonly firstTime: Micros;
  readonly lastTime: Micros;
}

const sessionsMax = 10_000;
const trustedMs = 1000;

/**
 * Counts the events of sessions. Which rows are of one event is told by reading the keys of them all, so a count is used
 * again for a second, as long as the session has as many rows as it had. (Not for longer, since a merge may have taken
 * away as many rows as have come in.)
 */
export class AgentEventCounter {
  readonly #client: Reader;
  /** The least recently counted first. */
  readonly #counted = new Map<string, { readonly atMs: number; readonly counted: Counted }>();

  constructor(client: Reader) {
    this.#client = client;
  }

  /** What was counted last, whenever that was: null when it never was, or was forgotten. */
  last(session: SessionScope): Counted | null {
    return this.#counted.get(keyOf(session))?.counted ?? null;
  }

  /** What was counted within the last second; else null. */
  recent(session: SessionScope): Counted | null {
    const known = this.#counted.get(keyOf(session));
    return known !== undefined && performance.now() - known.atMs < trustedMs ? known.counted : null;
  }

  async count({ projectId, agentId, sessionId }: SessionScope): Promise<Counted> {
    const atMs = performance.now();
    const [row] = await run(this.#client, agentEventCounts, { projectId, agentId, sessionId });
    const [rows, all, visible, firstTime, lastTime] = row ?? [0, 0, 0, 0, 0];
    const counted = { rows, all, visible, firstTime, lastTime };
    const key = keyOf({ projectId, agentId, sessionId });
    this.#counted.delete(key);
    this.#counted.set(key, { atMs, counted });
    const oldest = this.#counted.keys().next().value;
    if (this.#counted.size > sessionsMax && oldest !== undefined) this.#counted.delete(oldest);
    return counted;
  }

  /** The session was changed from here. */
  forget(session: SessionScope): void {
    this.#counted.delete(keyOf(session));
  }
}

function keyOf({ projectId, agentId, sessionId }: SessionScope): string {
  return `${projectId}/${agentId}/${sessionId}`;
}
