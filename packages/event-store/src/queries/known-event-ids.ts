import type { Micros } from '@otas/event-schema';
import type { EventKind } from '../event-kinds';
import type { Query } from './query';

interface Parameters extends Record<string, unknown> {
  readonly kind: EventKind;
  readonly projectIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** An id that is known. */
export interface KnownEvent {
  /** When the first event under it was taken in. */
  readonly firstCreatedAt: Micros;
  /** Whether another was taken in at another time, and not removed yet. */
  readonly hasTwin: boolean;
}

type Row = [projectId: string, eventId: string, firstCreatedAt: Micros, times: number];

/** Which of the given ids are known for a kind, in which of the given projects. */
export const knownEventIds: Query<Parameters, Row> = {
  name: 'known-event-ids',
  // Without FINAL, which would read more: the rows of one key are put together here.
  sql: () => `SELECT project_id, event_id, toUnixTimestamp64Micro(min(taken_in_at)), uniqExact(taken_in_at)
    FROM (
      SELECT project_id, event_id, min(created_at) AS taken_in_at FROM event_ids
      PREWHERE event_id IN {eventIds:Array(UUID)}
      WHERE project_id IN {projectIds:Array(UUID)} AND kind = {kind:String}
      GROUP BY project_id, event_id, agent_id, agent_session_id, event_time HAVING max(is_deleted) = 0
    )
    GROUP BY project_id, event_id`,
  // Hundreds of small reads, of pages that are mostly in memory: the pool of threads for reads costs more than they do.
  settings: { local_filesystem_read_method: 'pread' },
};
