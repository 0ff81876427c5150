import type { Query } from './query';

interface Parameters extends Record<string, unknown> {
  readonly projectIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** Which of the given ids are stored, in which of the given projects. */
export const knownEventIds: Query<Parameters, [projectId: string, eventId: string]> = {
  name: 'known-event-ids',
  sql: () => `SELECT DISTINCT project_id, event_id FROM backend_events
    WHERE project_id IN {projectIds:Array(UUID)} AND event_id IN {eventIds:Array(UUID)}`,
};
