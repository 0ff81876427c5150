import type { AgentEventType, Micros } from '@otas/event-schema';
import { rowCount } from './agent-event-counts';
import { pageSettings } from './page';
import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

/** A place between two events of a session, in the order in which it is read: by time, then as they were recorded. */
export interface AgentEventPlace {
  readonly eventTime: Micros;
  readonly sequence: number;
  readonly eventId: string;
}

/** An agent event as it is read: what a reader of its session does not know already. */
export interface StoredAgentEvent extends AgentEventPlace {
  readonly type: AgentEventType;
  /** JSON text of an object: the fields of the type and all others that were sent. */
  readonly fields: string;
  readonly isHidden: boolean;
}

export interface AgentEventPage extends SessionScope {
  /** At least 1. */
  readonly limit: number;
  /** Only events behind this place; null: from the first. */
  readonly after: AgentEventPlace | null;
  readonly includeHidden: boolean;
}

interface Parameters extends Record<string, unknown>, SessionScope {
  readonly limit: number;
  /** Only read when `hasPlace`. */
  readonly afterTime: Micros;
  readonly afterSequence: number;
  readonly afterId: string;
  readonly hasPlace: boolean;
  /** Only events up to this time; null: all. */
  readonly untilTime: Micros | null;
  readonly includeHidden: boolean;
}

export type AgentEventTuple = [
  eventId: string,
  eventTimeMs: number,
  sequence: number,
  type: AgentEventType,
  fields: string,
  isHidden: number,
];

/** For a SELECT of rows that {@link toStoredAgentEvent} reads. */
export const agentEventColumns =
  'event_id, toUnixTimestamp64Milli(event_time), sequence, type, fields, is_hidden';

export function toStoredAgentEvent(tuple: AgentEventTuple | AgentEventPageRow): StoredAgentEvent {
  const [eventId, eventTimeMs, sequence, type, fields, isHidden] = tuple;
  return { eventId, eventTime: eventTimeMs * 1000, sequence, type, fields, isHidden: isHidden === 1 };
}

/** With how many rows the session has: see {@link rowCount}. */
export type AgentEventPageRow = [...AgentEventTuple, rows: number];

/**
 * By time, which is in the table's own order, so that no more is read than the page needs; then as recorded. Each part
 * of the table is read from where the page begins, but for those that are told by `untilTime` to begin behind it.
 */
export const agentEventPage: Query<Parameters, AgentEventPageRow> = {
  name: 'agent-event-page',
  sql: ({
    hasPlace,
    includeHidden,
    untilTime,
  }) => `SELECT ${agentEventColumns}, ${rowCount} FROM agent_events FINAL
    WHERE ${ofSession} ${hasPlace ? behindPlace : ''} ${includeHidden ? '' : 'AND is_hidden = 0'}
      ${untilTime === null ? '' : "AND event_time <= fromUnixTimestamp64Micro({untilTime:Int64}, 'UTC')"}
    ORDER BY event_time, sequence, toString(event_id) LIMIT {limit:UInt32}`,
  // Many small reads cost less without a pool of threads for them.
  settings: { ...pageSettings, local_filesystem_read_method: 'pread' },
};

const behindPlace = `AND event_time >= fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC')
  AND (event_time > fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC')
    OR (sequence, toString(event_id)) > ({afterSequence:UInt64}, {afterId:String}))`;

export function toPageParameters({ after, ...page }: AgentEventPage, untilTime: Micros | null): Parameters {
  return {
    ...page,
    untilTime,
    afterTime: after?.eventTime ?? 0,
    afterSequence: after?.sequence ?? 0,
    afterId: after?.eventId ?? '',
    hasPlace: after !== null,
  };
}
