import type { Micros } from '@otas/event-schema';

/** Days of an agent's events. */
export interface DayRange {
  readonly projectId: string;
  readonly agentId: string;
  /** Inclusive: the first moment of the first day. */
  readonly from: Micros;
  /** Exclusive: the first moment after the last day. */
  readonly until: Micros;
}

/** The events of a {@link DayRange}, each once, the tenant first. */
export const eventsOfDayRange = `backend_events FINAL
  WHERE project_id = {projectId:UUID} AND agent_id = {agentId:UUID}
    AND event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
    AND event_time < fromUnixTimestamp64Micro({until:Int64}, 'UTC')`;

/** ClickHouse's text for the day of an event. */
export const day = 'toString(toDate(event_time))';
