import type { Micros } from '@otas/event-schema';
import { type EventTuple, selectColumns } from '../backend-event-row';
import type { TimelineKind, TimelinePlace } from '../timeline-item';
import { pageSettings } from './page';
import type { Query } from './query';
import { ofSession, type SessionScope } from './session';
import { type AgentEventTuple, agentEventColumns } from './timeline';

/** That something was taken in; it may have been hidden or deleted since. */
export interface Arrival extends TimelinePlace {
  /** When Brain took it in. */
  readonly createdAt: Micros;
}

export interface ArrivalRange {
  /** Exclusive. */
  readonly createdAfter: Micros;
  /** Inclusive bound on the time of the item itself. */
  readonly eventTimeUntil: Micros;
  /** Which come first, and are given when there are more than `limit`. */
  readonly order: 'oldest' | 'newest';
  readonly limit: number;
}

type ArrivalRow = [
  kind: TimelineKind,
  eventTime: Micros,
  sequence: number,
  eventId: string,
  createdAt: Micros,
];

const takenIn = `${ofSession} AND created_at > fromUnixTimestamp64Micro({createdAfter:Int64}, 'UTC')
  AND event_time <= fromUnixTimestamp64Micro({eventTimeUntil:Int64}, 'UTC')`;

/**
 * In the order of taking in. Without FINAL: an event that is stored twice may be given twice. Only narrow columns are
 * read, which for a session of 100,000 events is a millisecond or two.
 */
export const timelineArrivals: Query<SessionScope & ArrivalRange & Record<string, unknown>, ArrivalRow> = {
  name: 'timeline-arrivals',
  sql: ({ order }) => `SELECT * FROM (
      SELECT 'agent_event' AS kind, toUnixTimestamp64Milli(event_time) * 1000, sequence, event_id,
        toUnixTimestamp64Micro(created_at) AS taken_in_at
      FROM agent_events WHERE ${takenIn}
      UNION ALL
      SELECT 'backend_event', toUnixTimestamp64Micro(event_time), toUInt64(0), event_id,
        toUnixTimestamp64Micro(created_at)
      FROM backend_events WHERE ${takenIn}
    )
    ORDER BY taken_in_at ${order === 'newest' ? 'DESC' : ''} LIMIT {limit:UInt32}`,
};

export function toArrival([kind, eventTime, sequence, eventId, createdAt]: ArrivalRow): Arrival {
  return { kind, eventTime, sequence, eventId, createdAt };
}

interface KeyParameters extends SessionScope, Record<string, unknown> {
  readonly eventTimes: readonly Micros[];
  readonly eventIds: readonly string[];
}

/** Of the key alone, which all rows of one event have in common: so it may be looked at before FINAL, in PREWHERE. */
const byKeys = `${ofSession} AND event_id IN {eventIds:Array(UUID)}
  AND event_time IN arrayMap(time -> fromUnixTimestamp64Micro(time, 'UTC'), {eventTimes:Array(Int64)})`;

/** Those of the given events that are there, in no order. */
export const backendEventsByKeys: Query<KeyParameters, EventTuple> = {
  name: 'backend-events-by-keys',
  settings: pageSettings,
  sql: () => `SELECT ${selectColumns} FROM backend_events FINAL PREWHERE ${byKeys}`,
};

/** Those of the given events that are there and not hidden, in no order. */
export const agentEventsByKeys: Query<KeyParameters, AgentEventTuple> = {
  name: 'agent-events-by-keys',
  settings: pageSettings,
  sql: () => `SELECT ${agentEventColumns} FROM agent_events FINAL PREWHERE ${byKeys} WHERE is_hidden = 0`,
};
