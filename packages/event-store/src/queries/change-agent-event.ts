import type { Micros } from '@otas/event-schema';
import { agentInsertColumns } from '../agent-event-row';
import { eventKinds } from '../event-kinds';
import { ofSession, type SessionScope } from './session';

/** What becomes of an event when a row of a higher version is written over it. */
export type Change = 'hide' | 'unhide' | 'delete';

const written: Readonly<Record<Change, string>> = {
  hide: '1, {version:UInt64}, 0',
  unhide: '0, {version:UInt64}, 0',
  delete: `is_hidden, ${eventKinds.agent_event.deletedVersion}, 1`,
};

export interface ChangeParameters extends Record<string, unknown>, SessionScope {
  readonly eventId: string;
  readonly eventTime: Micros;
  /** When it is changed: of two changes the later one counts. */
  readonly version: number;
}

/** A statement that changes an event that is there, and nothing when it is not. */
export function changeAgentEvent(change: Change): string {
  return `INSERT INTO agent_events (${agentInsertColumns}, is_hidden, version, is_deleted)
    SELECT ${agentInsertColumns}, ${written[change]} FROM agent_events FINAL
    WHERE ${ofSession} AND event_time = fromUnixTimestamp64Micro({eventTime:Int64}, 'UTC')
      AND event_id = {eventId:UUID}`;
}
