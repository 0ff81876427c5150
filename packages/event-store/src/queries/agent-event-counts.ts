import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

type Session = SessionScope & Record<string, unknown>;

/** The rows of a session, of all versions of its events; the index alone tells. */
export const agentEventRows: Query<Session, [rows: number]> = {
  name: 'agent-event-rows',
  sql: () => `SELECT count() FROM agent_events WHERE ${ofSession}`,
};

/** The events of a session, and those of them that are not hidden; their keys are read. */
export const agentEventCounts: Query<Session, [all: number, visible: number]> = {
  name: 'agent-event-counts',
  sql: () => `SELECT count(), countIf(is_hidden = 0) FROM agent_events FINAL WHERE ${ofSession}`,
};
