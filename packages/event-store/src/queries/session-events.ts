import type { Micros } from '@otas/event-schema';
import { type EventTuple, selectColumns } from '../backend-event-row';
import { pageSettings } from './page';
import type { Query } from './query';

/** A place between two events of a session, in the order in which a session is read. */
export interface EventPlace {
  readonly eventTime: Micros;
  readonly eventId: string;
}

export interface SessionPage {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** At least 1. */
  readonly limit: number;
  /** Only events behind this place; null: from the first. */
  readonly after: EventPlace | null;
}

interface Parameters extends Record<string, unknown> {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly limit: number;
  /** Only read when `hasPlace`. */
  readonly afterTime: Micros;
  readonly afterId: string;
  readonly hasPlace: boolean;
}

/** By time, then by the text of the id: ClickHouse's own order of UUIDs is another. */
export const sessionEvents: Query<Parameters, EventTuple> = {
  name: 'session-events',
  settings: pageSettings,
  sql: ({ hasPlace }) => `SELECT ${selectColumns} FROM backend_events FINAL
    WHERE project_id = {projectId:UUID} AND agent_id = {agentId:UUID} AND agent_session_id = {sessionId:UUID}
      ${hasPlace ? behindPlace : ''}
    ORDER BY event_time, toString(event_id) LIMIT {limit:UInt32}`,
};

const behindPlace = `AND event_time >= fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC')
  AND (event_time > fromUnixTimestamp64Micro({afterTime:Int64}, 'UTC') OR toString(event_id) > {afterId:String})`;

export function toParameters(page: SessionPage): Parameters {
  const { projectId, agentId, sessionId, limit, after } = page;
  return {
    projectId,
    agentId,
    sessionId,
    limit,
    afterTime: after?.eventTime ?? 0,
    afterId: after?.eventId ?? '',
    hasPlace: after !== null,
  };
}
