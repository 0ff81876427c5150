import type { ClickHouseClient } from '@clickhouse/client';
import { type AgentEvent, type Micros, microsOfUuidV7 } from '@otas/event-schema';
import { AgentEventCounter, type Counted } from './agent-event-counter';
import { fromAgentRowText, toAgentRow } from './agent-event-row';
import type { Row } from './encode-rows';
import { orUnavailable } from './errors';
import {
  type AgentEventPage,
  type AgentEventPageRow,
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
import type { Reader } from './reader';

/** The row of an agent event; {@link CapturedEvents.insertRows} takes what `encodeRows` makes of it. */
export function agentEventRow(event: AgentEvent): Row {
  return toAgentRow(event);
}

/** The event of an encoded row of {@link agentEventRow}. */
export function agentEventOfRow(row: string): AgentEvent {
  return fromAgentRowText(row);
}

/**
 * The agent events in ClickHouse, as they are read and changed. Every method throws EventStoreUnavailable while ClickHouse
 * cannot be reached, is too busy or does not answer within the request timeout.
 */
export class AgentEventStore {
  readonly #client: ClickHouseClient;
  readonly #reader: Reader;
  readonly #counter: AgentEventCounter;

  /** @param reader for what is read; `client` may write too */
  constructor(client: ClickHouseClient, reader: Reader) {
    this.#client = client;
    this.#reader = reader;
    this.#counter = new AgentEventCounter(reader);
  }

  /**
   * The events of a page, ascending in time and then in the order of recording, and how many the whole list has. It costs
   * what the page holds, wherever in the session it is; more only behind many that are hidden or deleted.
   *
   * @throws AnswerTooLarge when the events are larger than 16 MiB together
   */
  async readPage(page: AgentEventPage): Promise<{ events: StoredAgentEvent[]; totalCount: number }> {
    const recent = this.#counter.recent(page);
    const counting = recent === null ? this.#counter.count(page) : null;
    // Whoever awaits the rows first must not leave a failure of the other to nobody.
    counting?.catch(() => undefined);
    const rows = await this.#listRows(page);
    const isRecent = recent !== null && rows[0]?.[6] === recent.rows;
    const { all, visible } = isRecent ? recent : await (counting ?? this.#counter.count(page));
    return { events: rows.map(toStoredAgentEvent), totalCount: page.includeHidden ? all : visible };
  }

  /** First only up to when the page is likely to end, which spares the parts of the table that are of later times. */
  async #listRows(page: AgentEventPage): Promise<AgentEventPageRow[]> {
    const untilTime = likelyEnd(page, this.#counter.last(page));
    const rows = await run(this.#reader, agentEventPage, toPageParameters(page, untilTime));
    if (untilTime === null || rows.length === page.limit) return rows;
    return run(this.#reader, agentEventPage, toPageParameters(page, null));
  }

  /** How many events of a project were deleted on request. */
  async countDeleted(projectId: string): Promise<number> {
    const [row] = await run(this.#reader, deletedCount, { projectId });
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
    const rows = await run(this.#reader, agentEventsById, parameters);
    return rows.map(toStoredAgentEvent);
  }
}

/** Behind this many events of an average session a page has ended, also when they come in batches; they are read anyway. */
const eventsAhead = 2000;

/** When a page is likely to have ended; null: not known, or with the session. */
function likelyEnd({ after, limit }: AgentEventPage, counted: Counted | null): Micros | null {
  if (counted === null || counted.all === 0) return null;
  const { firstTime, lastTime, all } = counted;
  const aheadTime = Math.ceil(((eventsAhead + limit) * (lastTime - firstTime)) / all);
  const end = (after?.eventTime ?? firstTime) + aheadTime;
  return end < lastTime ? end : null;
}
