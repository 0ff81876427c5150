import { agentInsertColumns } from '../agent-event-row';
import { eventKinds } from '../event-kinds';
import { ofSession } from './session';

/** What becomes of an event when a row of a higher version is written over it. */
export type Change = 'hide' | 'unhide' | 'delete';

const written: Readonly<Record<Change, string>> = {
  hide: '1, {version:UInt64}, 0',
  unhide: '0, {version:UInt64}, 0',
  delete: `is_hidden, ${eventKinds.agent_event.deletedVersion}, 1`,
};

/**
 * A statement that changes an event that is there, and nothing when it is not. Parameters: those of the session, `eventId`,
 * `eventTime` in microseconds, and `version`: of two changes the one with the higher one counts.
 */
export function changeAgentEvent(change: Change): string {
  return `INSERT INTO agent_events (${agentInsertColumns}, is_hidden, version, is_deleted)
    SELECT ${agentInsertColumns}, ${written[change]} FROM agent_events FINAL
    WHERE ${ofSession} AND event_time = fromUnixTimestamp64Micro({eventTime:Int64}, 'UTC')
      AND event_id = {eventId:UUID}`;
}
