import type { KindOfEvents } from '../event-kinds';

const key = 'project_id, event_id, agent_id, agent_session_id, event_time';

/**
 * Statements that delete what was taken in under an id after another event: the events, also those that are still on
 * their way, then their ids. Parameters: `kind`, `projectId`, `eventId`, `scopeId`, and `firstCreatedAt` in microseconds.
 */
export function removalsOfLaterTwins(kind: KindOfEvents): readonly string[] {
  const { table, deletedVersion } = kind;
  return [
    `INSERT INTO ${table} (${key}, created_at, version, is_deleted) ${later(kind, '', deletedVersion)}`,
    `INSERT INTO event_ids (${key}, kind, created_at, version, is_deleted) ${later(kind, '{kind:String},', '1')}`,
  ];
}

/**
 * A row of the highest version deletes its key whether it comes before or after the others. The key of the first event
 * may have been written down once more, later, by who was sent the same; what counts is when the event was taken in.
 */
function later({ table, idScope, timeDigits }: KindOfEvents, kind: string, version: string): string {
  const keyOfId = `project_id, event_id, agent_id, agent_session_id, toDateTime64(event_time, ${timeDigits}, 'UTC')`;
  const ofId = `project_id = {projectId:UUID} AND event_id = {eventId:UUID} AND kind = {kind:String}
    AND ${idScope} = {scopeId:UUID}`;
  const stored = `FROM ${table} WHERE (${key}) IN (SELECT ${keyOfId} FROM event_ids WHERE ${ofId})`;
  return `WITH (
      SELECT min((created_at, event_time, agent_id, agent_session_id)) ${stored}
        AND created_at <= fromUnixTimestamp64Micro({firstCreatedAt:Int64}, 'UTC')
    ) AS first
    SELECT ${key}, ${kind} min(created_at) AS taken_in_at, ${version}, 1 FROM event_ids
    WHERE ${ofId} AND first.1 > fromUnixTimestamp64Micro(0, 'UTC') AND (${keyOfId}) NOT IN (
      SELECT ${key} ${stored} AND (created_at, event_time, agent_id, agent_session_id) <= first
    )
    GROUP BY ${key} HAVING (taken_in_at, event_time, agent_id, agent_session_id) > first`;
}
