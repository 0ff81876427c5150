import type { Micros } from '@otas/event-schema';
import type { Query } from './query';

interface Parameters extends Record<string, unknown> {
  readonly projectIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** An id under which an event is stored. */
export interface KnownEvent {
  /** When the first event under it was taken in. */
  readonly firstCreatedAt: Micros;
  /** Whether another was taken in at another time, and not removed yet. */
  readonly hasTwin: boolean;
}

type Row = [projectId: string, eventId: string, firstCreatedAt: Micros, times: number];

const key = 'project_id, agent_id, agent_session_id, event_time, event_id';

/** Under which of the given ids events are stored, in which of the given projects. */
export const knownEventIds: Query<Parameters, Row> = {
  name: 'known-event-ids',
  // The ids say where an event would be. Only the event itself says that it is there: who wrote its id may have been cut.
  // Without FINAL, which would read more: the rows of one key are put together here.
  sql: () => `SELECT project_id, event_id, toUnixTimestamp64Micro(min(taken_in_at)), uniqExact(taken_in_at)
    FROM (
      SELECT project_id, event_id, min(created_at) AS taken_in_at FROM backend_events
      WHERE (${key}) IN (
        SELECT ${key} FROM event_ids
        PREWHERE event_id IN {eventIds:Array(UUID)}
        WHERE project_id IN {projectIds:Array(UUID)} AND kind = 'backend_event'
      )
      GROUP BY ${key} HAVING max(is_deleted) = 0
    )
    GROUP BY project_id, event_id`,
  // Hundreds of small reads, of pages that are mostly in memory: the pool of threads for reads costs more than they do.
  settings: { local_filesystem_read_method: 'pread' },
};
