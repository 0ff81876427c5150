import type { Micros } from '@otas/event-schema';
import type { KindOfEvents } from '../event-kinds';
import type { Query } from './query';

interface Parameters extends Record<string, string | readonly string[]> {
  readonly kind: string;
  readonly projectIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** An id under which an event is stored, or was until somebody deleted it. */
export interface KnownEvent {
  /** When the first event under it was taken in. */
  readonly firstCreatedAt: Micros;
  /** Whether another is there with another key, and not removed yet. */
  readonly hasTwin: boolean;
}

type Row = [scopeId: string, eventId: string, firstCreatedAt: Micros, keys: number];

// Hundreds of small reads, of pages that are mostly in memory: the pool of threads for reads costs more than they do.
const settings = { local_filesystem_read_method: 'pread' };

/** Which of the given ids were written down for a kind; perhaps more than once, perhaps in another scope. */
export const writtenEventIds: Query<Parameters, [eventId: string]> = {
  name: 'written-event-ids',
  sql: () => `SELECT event_id FROM event_ids
    PREWHERE event_id IN {eventIds:Array(UUID)}
    WHERE project_id IN {projectIds:Array(UUID)} AND kind = {kind:String}`,
  settings,
};

const place = 'project_id, agent_id, agent_session_id';

/** Which of the given ids were written down under more than one key; perhaps each in a scope of its own. */
export const doubledEventIds: Query<Parameters, [eventId: string]> = {
  name: 'doubled-event-ids',
  sql: () => `SELECT event_id FROM event_ids
    PREWHERE event_id IN {eventIds:Array(UUID)}
    WHERE project_id IN {projectIds:Array(UUID)} AND kind = {kind:String}
    GROUP BY event_id HAVING uniqExact(${place}, event_time) > 1`,
  settings,
};

/** Under which of the given ids events of a kind are stored in the given projects, and in which scope each. */
export function knownEventIds({ table, idScope, timeDigits }: KindOfEvents): Query<Parameters, Row> {
  return {
    name: 'known-event-ids',
    // The ids say where an event would be. Only the event says that it is there: who wrote its id may have been cut.
    // Without FINAL, which would read more: the rows of one key are put together here.
    sql: () => `SELECT ${idScope}, event_id, toUnixTimestamp64Micro(min(taken_in_at)), count()
      FROM (
        SELECT ${idScope}, event_id, min(created_at) AS taken_in_at FROM ${table}
        WHERE (${place}, event_time, event_id) IN (
          SELECT ${place}, toDateTime64(event_time, ${timeDigits}, 'UTC') AS time, event_id FROM event_ids
          PREWHERE event_id IN {eventIds:Array(UUID)}
          WHERE project_id IN {projectIds:Array(UUID)} AND kind = {kind:String}
          GROUP BY ${place}, time, event_id HAVING max(is_deleted) = 0
        )
        GROUP BY ${place}, event_time, event_id
      )
      GROUP BY ${idScope}, event_id`,
    settings,
  };
}
