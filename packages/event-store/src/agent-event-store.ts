import type { ClickHouseClient } from '@clickhouse/client';
import { type AgentEvent, type Micros, microsOfUuidV7 } from '@otas/event-schema';
import { AgentEventCounter } from './agent-event-counter';
import { fromAgentRowText, toAgentRowText } from './agent-event-row';
import { orUnavailable } from './errors';
import {
  type AgentEventPage,
  type AgentEventPageRow,
  agentEventPage,
  pageParameters,
  type StoredAgentEvent,
  toStoredAgentEvent,
} from './queries/agent-event-page';
import { agentEventsById } from './queries/agent-events-by-id';
import { type AgentSession, sessionParameters } from './queries/agent-session';
import { type Change, changeAgentEvent } from './queries/change-agent-event';
import { run } from './queries/query';

/** An agent event as {@link CapturedEvents.insertRows} takes it. */
export function agentEventRow(event: AgentEvent): string {
  return toAgentRowText(event);
}

/** The event of a row that {@link agentEventRow} wrote. */
export function agentEventOfRow(row: string): AgentEvent {
  return fromAgentRowText(row);
}

const windowGrowth = 16;
const windowMax = 1_000_000;

/**
 * The agent events in ClickHouse, as they are read and changed. Every method throws EventStoreUnavailable while ClickHouse
 * cannot be reached, is too busy or does not answer within the request timeout.
 */
export class AgentEventStore {
  readonly #client: ClickHouseClient;
  readonly #counter: AgentEventCounter;

  constructor(client: ClickHouseClient) {
    this.#client = client;
    this.#counter = new AgentEventCounter(client);
  }

  /**
   * The events of a page, ascending in time and then in the order of recording. It costs what the page holds, wherever
   * in the session it is; more only where most of what is around it was hidden, deleted or recorded many times.
   */
  async listPage(page: AgentEventPage): Promise<StoredAgentEvent[]> {
    let window: number | null = 2 * page.limit;
    for (;;) {
      const rows: AgentEventPageRow[] = await run(this.#client, agentEventPage, pageParameters(page, window));
      const isToTheEnd = window === null || rows[0]?.[6] === 1;
      if (rows.length === page.limit || isToTheEnd) {
        return rows.map(toStoredAgentEvent);
      }
      const wider: number = (window ?? 0) * windowGrowth;
      window = rows.length === 0 || wider > windowMax ? null : wider;
    }
  }

  /** How many events a session has, with the hidden ones or without. */
  count(session: AgentSession, includeHidden: boolean): Promise<number> {
    return this.#counter.count(session, includeHidden);
  }

  /** An event of a session, also when it is hidden; null when there is none. */
  async find(session: AgentSession, eventId: string): Promise<StoredAgentEvent | null> {
    const timeInId = microsOfUuidV7(eventId);
    const found = timeInId === null ? [] : await this.#findByIds(session, [eventId], timeInId);
    const [event] = found.length > 0 ? found : await this.#findByIds(session, [eventId], null);
    return event ?? null;
  }

  /** Those events of a session that have one of these ids, by it. */
  async findMany(
    session: AgentSession,
    eventIds: readonly string[],
  ): Promise<ReadonlyMap<string, StoredAgentEvent>> {
    const events = eventIds.length === 0 ? [] : await this.#findByIds(session, eventIds, null);
    return new Map(events.map((event) => [event.eventId, event]));
  }

  /**
   * Hides, shows or deletes an event; once it resolves, the next read sees it. Nothing happens to one that was deleted.
   *
   * @param now of two changes the one with the later time counts; deleting counts more than all others
   */
  async change(
    session: AgentSession,
    { eventId, eventTime }: Pick<StoredAgentEvent, 'eventId' | 'eventTime'>,
    change: Change,
    now: Micros,
  ): Promise<void> {
    const query_params = { ...sessionParameters(session), eventId, eventTime, version: now };
    await orUnavailable(() => this.#client.command({ query: changeAgentEvent(change), query_params }));
    this.#counter.forget(session);
  }

  async #findByIds(
    session: AgentSession,
    eventIds: readonly string[],
    eventTime: Micros | null,
  ): Promise<StoredAgentEvent[]> {
    const parameters = { ...sessionParameters(session), eventIds, eventTime };
    const rows = await run(this.#client, agentEventsById, parameters);
    return rows.map(toStoredAgentEvent);
  }
}
