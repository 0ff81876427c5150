import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

type Row = [rows: number, all: number, visible: number, firstTime: number, lastTime: number];

/** Rows of a session, of all versions of its events; the index alone tells. */
export const rowCount = `(SELECT count() FROM agent_events WHERE ${ofSession})`;

/** {@link rowCount}, then the events of a session, those that are not hidden, and the times of the first and the last. */
export const agentEventCounts: Query<SessionScope & Record<string, unknown>, Row> = {
  name: 'agent-event-counts',
  sql: () => `SELECT ${rowCount}, count(), countIf(is_hidden = 0),
      toUnixTimestamp64Micro(toDateTime64(min(event_time), 6, 'UTC')),
      toUnixTimestamp64Micro(toDateTime64(max(event_time), 6, 'UTC'))
    FROM agent_events FINAL WHERE ${ofSession}`,
};
