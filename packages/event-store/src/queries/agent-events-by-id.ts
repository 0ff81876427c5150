import type { Micros } from '@otas/event-schema';
import { type AgentEventTuple, agentEventColumns } from './agent-event-page';
import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

interface Parameters extends Record<string, unknown>, SessionScope {
  readonly eventIds: readonly string[];
  /** The time of them all; null: not known, so the ids of the whole session are read. */
  readonly eventTime: Micros | null;
}

/** The condition of the events of these ids. Ids are looked at first: other columns are read only where one is found. */
export const withIds = ({ eventTime }: Pick<Parameters, 'eventTime'>): string => `PREWHERE
    event_id IN {eventIds:Array(UUID)} WHERE ${ofSession}
    ${eventTime === null ? '' : "AND event_time = fromUnixTimestamp64Micro({eventTime:Int64}, 'UTC')"}`;

/** Events of a session, hidden ones too, in no order. */
export const agentEventsById: Query<Parameters, AgentEventTuple> = {
  name: 'agent-events-by-id',
  sql: (parameters) => `SELECT ${agentEventColumns} FROM agent_events FINAL ${withIds(parameters)}`,
};
