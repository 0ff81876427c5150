import type { ClickHouseClient } from '@clickhouse/client';
import { agentEventCounts, agentEventRows } from './queries/agent-event-counts';
import { run } from './queries/query';
import type { SessionScope } from './queries/session';

interface Counted {
  /** Rows of the session, of all versions, before its events were counted. */
  readonly rows: number;
  readonly atMs: number;
  readonly all: number;
  readonly visible: number;
}

const sessionsMax = 10_000;
const trustedMs = 1000;

/**
 * Counts the events of sessions. Which rows are of one event is told by reading them all, so a count is used again for a
 * second, as long as the session has as many rows as it had: the index alone tells that. (Not for longer, since a merge
 * may have taken away as many rows as have come in.)
 */
export class AgentEventCounter {
  readonly #client: ClickHouseClient;
  /** The least recently counted first. */
  readonly #counted = new Map<string, Counted>();

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  /** Events of a session, with the hidden ones or without. */
  async count(session: SessionScope, includeHidden: boolean): Promise<number> {
    const { projectId, agentId, sessionId } = session;
    const parameters = { projectId, agentId, sessionId };
    const [row] = await run(this.#client, agentEventRows, parameters);
    const rows = row?.[0] ?? 0;
    const key = keyOf(session);
    const known = this.#counted.get(key);
    const isTrusted = known?.rows === rows && performance.now() - known.atMs < trustedMs;
    const counted = isTrusted ? known : await this.#countAgain(key, rows, parameters);
    return includeHidden ? counted.all : counted.visible;
  }

  /** Counts again, whatever was counted before: the session was changed from here. */
  forget(session: SessionScope): void {
    this.#counted.delete(keyOf(session));
  }

  async #countAgain(
    key: string,
    rows: number,
    parameters: SessionScope & Record<string, unknown>,
  ): Promise<Counted> {
    const atMs = performance.now();
    const [counts] = await run(this.#client, agentEventCounts, parameters);
    const [all, visible] = counts ?? [0, 0];
    const counted = { rows, atMs, all, visible };
    this.#counted.delete(key);
    this.#counted.set(key, counted);
    const oldest = this.#counted.keys().next().value;
    if (this.#counted.size > sessionsMax && oldest !== undefined) this.#counted.delete(oldest);
    return counted;
  }
}

function keyOf({ projectId, agentId, sessionId }: SessionScope): string {
  return `${projectId}/${agentId}/${sessionId}`;
}
