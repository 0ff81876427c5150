import type { KindOfEvents } from '../event-kinds';

const key = 'project_id, event_id, agent_id, agent_session_id, event_time';

/**
 * Statements that delete what was taken in under an id after another event: the events, also those that are still on
 * their way, then their ids. Parameters: `kind`, `projectId`, `eventId`, and `firstCreatedAt` in microseconds.
 */
export function removalsOfLaterTwins({ table, deletedVersion }: KindOfEvents): readonly string[] {
  return [
    `INSERT INTO ${table} (${key}, created_at, version, is_deleted) ${later('', deletedVersion)}`,
    `INSERT INTO event_ids (${key}, kind, created_at, version, is_deleted) ${later('{kind:String},', '1')}`,
  ];
}

/** A row of the highest version deletes its key whether it comes before or after the others. */
function later(kind: string, version: string): string {
  return `SELECT ${key}, ${kind} min(created_at) AS taken_in_at, ${version}, 1 FROM event_ids
    WHERE project_id = {projectId:UUID} AND event_id = {eventId:UUID} AND kind = {kind:String}
    GROUP BY ${key} HAVING taken_in_at > fromUnixTimestamp64Micro({firstCreatedAt:Int64}, 'UTC')`;
}
