import type { AgentEventType, Micros } from '@otas/event-schema';
import { type AgentSession, ofSession, sessionParameters } from './agent-session';
import type { Query } from './query';

/** An agent event as it is read: what a reader of its session does not know already. */
export interface StoredAgentEvent extends AgentEventPlace {
  readonly type: AgentEventType;
  /** JSON text of an object: the fields of the type and all others that were sent. */
  readonly fields: string;
  readonly isHidden: boolean;
}

/** A place between two events of a session, in the order in which it is read: by time, then as they were recorded. */
export interface AgentEventPlace {
  readonly eventTime: Micros;
  readonly sequence: number;
  readonly eventId: string;
}

export interface AgentEventPage extends AgentSession {
  /** At least 1. */
  readonly limit: number;
  /** Only events behind this place; null: from the first. */
  readonly after: AgentEventPlace | null;
  readonly includeHidden: boolean;
}

interface Parameters extends Record<string, unknown>, AgentSession {
  readonly limit: number;
  /** How many rows of the table are looked at, those of its last moment beside; null: all. */
  readonly window: number | null;
  readonly afterTime: Micros;
  readonly afterSequence: number;
  /** Empty: from the first. */
  readonly afterId: string;
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

export type AgentEventPageRow = [...AgentEventTuple, isToTheEnd: number];

export const agentEventColumns =
  'event_id, toUnixTimestamp64Milli(event_time), sequence, type, fields, is_hidden';

/** @param tuple a row whose first columns are {@link agentEventColumns} */
export function toStoredAgentEvent(tuple: AgentEventTuple | AgentEventPageRow): StoredAgentEvent {
  const [eventId, eventTimeMs, sequence, type, fields, isHidden] = tuple;
  return { eventId, eventTime: eventTimeMs * 1000, sequence, type, fields, isHidden: isHidden === 1 };
}

/**
 * A page, and with each of its rows whether the window reached the end of the session. FINAL puts the versions of all
 * rows together that it is given, so it is given those of the window and not the whole rest of the session.
 */
export const agentEventPage: Query<Parameters, AgentEventPageRow> = {
  name: 'agent-event-page',
  sql: ({ window, afterId, includeHidden }) => {
    const isFirst = afterId === '';
    const until = `(SELECT event_time FROM agent_events WHERE ${ofSession} ${isFirst ? '' : fromPlace}
      ORDER BY event_time LIMIT 1 OFFSET {window:UInt32})`;
    const isWhole = window === null;
    return `${isWhole ? '' : `WITH ${until} AS until`}
      SELECT ${agentEventColumns}, ${isWhole ? '1' : 'until IS NULL'}
      FROM agent_events FINAL WHERE ${ofSession} ${isFirst ? '' : behindPlace}
        ${isWhole ? '' : `AND event_time <= ifNull(until, ${maxTime})`} ${includeHidden ? '' : 'AND is_hidden = 0'}
      ORDER BY event_time, sequence, toString(event_id) LIMIT {limit:UInt32}`;
  },
};

const maxTime = "toDateTime64('2299-12-31 23:59:59', 3, 'UTC')";
const fromPlace = "AND event_time >= fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC')";
const behindPlace = `${fromPlace}
  AND (event_time > fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC')
    OR (sequence, toString(event_id)) > ({afterSequence:UInt64}, {afterId:String}))`;

export function pageParameters(page: AgentEventPage, window: number | null): Parameters {
  const { limit, after, includeHidden } = page;
  return {
    ...sessionParameters(page),
    limit,
    window,
    afterTime: after?.eventTime ?? 0,
    afterSequence: after?.sequence ?? 0,
    afterId: after?.eventId ?? '',
    includeHidden,
  };
}
