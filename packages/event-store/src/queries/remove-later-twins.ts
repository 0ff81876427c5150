const key = 'project_id, event_id, agent_id, agent_session_id, event_time';

/**
 * Statements that delete what was taken in under an id after another event: the events, also those that are still on
 * their way, then their ids. Parameters: `projectId`, `eventId`, and `firstCreatedAt` in microseconds.
 */
export const removalsOfLaterTwins: readonly string[] = [
  `INSERT INTO backend_events (${key}, created_at, version, is_deleted) ${later('')}`,
  `INSERT INTO event_ids (${key}, kind, created_at, version, is_deleted) ${later("'backend_event',")}`,
];

/** A row of the highest version deletes its key whether it comes before or after the others. */
function later(kind: string): string {
  return `SELECT ${key}, ${kind} min(created_at) AS taken_in_at, 1, 1 FROM event_ids
    WHERE project_id = {projectId:UUID} AND event_id = {eventId:UUID} AND kind = 'backend_event'
    GROUP BY ${key} HAVING taken_in_at > fromUnixTimestamp64Micro({firstCreatedAt:Int64}, 'UTC')`;
}
