import type { Micros } from '@otas/event-schema';
import type { Query } from './query';

interface Parameters extends Record<string, unknown> {
  readonly projectIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** Which of the given ids are stored, in which of the given projects, and when the first of each was taken in. */
export const knownEventIds: Query<Parameters, [projectId: string, eventId: string, createdAt: Micros]> = {
  name: 'known-event-ids',
  sql: () => `SELECT project_id, event_id, toUnixTimestamp64Micro(min(created_at)) FROM backend_events
    WHERE project_id IN {projectIds:Array(UUID)} AND event_id IN {eventIds:Array(UUID)}
    GROUP BY project_id, event_id`,
};
