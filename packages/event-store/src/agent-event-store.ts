import type { ClickHouseClient } from '@clickhouse/client';
import { type AgentEvent, type Micros, microsOfUuidV7 } from '@otas/event-schema';
import { AgentEventCounter } from './agent-event-counter';
import { fromAgentRowText, toAgentRowText } from './agent-event-row';
import { orUnavailable } from './errors';
import {
  type AgentEventPage,
  agentEventPage,
  type StoredAgentEvent,
  toPageParameters,
  toStoredAgentEvent,
} from './queries/agent-event-page';
import { agentEventsById } from './queries/agent-events-by-id';
import { type Change, changeAgentEvent } from './queries/change-agent-event';
import { run } from './queries/query';
import type { SessionScope } from './queries/session';
import { deletedCount } from './queries/stored-count';

/** An agent event as {@link CapturedEvents.insertRows} takes it. */
export function agentEventRow(event: AgentEvent): string {
  return toAgentRowText(event);
}

/** The event of a row that {@link agentEventRow} wrote. */
export function agentEventOfRow(row: string): AgentEvent {
  return fromAgentRowText(row);
}

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
   * in the session it is; more only behind many that are hidden or deleted.
   *
   * @throws AnswerTooLarge when the events are larger than 16 MiB together
   */
  async listPage(page: AgentEventPage): Promise<StoredAgentEvent[]> {
    const rows = await run(this.#client, agentEventPage, toPageParameters(page));
    return rows.map(toStoredAgentEvent);
  }

  /** How many events a session has, with the hidden ones or without. */
  count(session: SessionScope, includeHidden: boolean): Promise<number> {
    return this.#counter.count(session, includeHidden);
  }

  /** How many events of a project were deleted on request. */
  async countDeleted(projectId: string): Promise<number> {
    const [row] = await run(this.#client, deletedCount, { projectId });
    return row?.[0] ?? 0;
  }

  /** An event of a session, also when it is hidden; null when there is none. */
  async find(session: SessionScope, eventId: string): Promise<StoredAgentEvent | null> {
    const timeInId = microsOfUuidV7(eventId);
    const found = timeInId === null ? [] : await this.#findByIds(session, [eventId], timeInId);
    const [event] = found.length > 0 ? found : await this.#findByIds(session, [eventId], null);
    return event ?? null;
  }

  /** Those events of a session that have one of these ids, by it. */
  async findMany(
    session: SessionScope,
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
    session: SessionScope,
    { eventId, eventTime }: Pick<StoredAgentEvent, 'eventId' | 'eventTime'>,
    change: Change,
    now: Micros,
  ): Promise<void> {
    const { projectId, agentId, sessionId } = session;
    const query_params = { projectId, agentId, sessionId, eventId, eventTime, version: now };
    await orUnavailable(() => this.#client.command({ query: changeAgentEvent(change), query_params }));
    this.#counter.forget(session);
  }

  async #findByIds(
    session: SessionScope,
    eventIds: readonly string[],
    eventTime: Micros | null,
  ): Promise<StoredAgentEvent[]> {
    const { projectId, agentId, sessionId } = session;
    const parameters = { projectId, agentId, sessionId, eventIds, eventTime };
    const rows = await run(this.#client, agentEventsById, parameters);
    return rows.map(toStoredAgentEvent);
  }
}
