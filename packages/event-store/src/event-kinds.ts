import { agentInsertColumns } from './agent-event-row';
import { backendEventColumns } from './backend-event-row';

/** What is captured; the names are those of the column `kind` of `event_ids`. */
export type EventKind = 'backend_event' | 'agent_event';

/** The table of a kind. */
export interface KindOfEvents {
  readonly kind: EventKind;
  readonly table: string;
  /** Where an id is unique: sent again there, it is the same event. */
  readonly idScope: 'project_id' | 'agent_session_id';
  /** Digits of a second in its column `event_time`. */
  readonly timeDigits: number;
  /** The columns of a row of the log: those of the table, but for the ones that only change later. */
  readonly insertColumns: readonly string[];
  /** A row with this version deletes its key, whatever other rows there are, now or later. */
  readonly deletedVersion: string;
}

export const eventKinds: Readonly<Record<EventKind, KindOfEvents>> = {
  backend_event: {
    kind: 'backend_event',
    table: 'backend_events',
    idScope: 'project_id',
    timeDigits: 6,
    insertColumns: backendEventColumns,
    deletedVersion: '1',
  },
  agent_event: {
    kind: 'agent_event',
    table: 'agent_events',
    // An agent that uses the id of another session's event must not make its own vanish, nor learn of the other.
    idScope: 'agent_session_id',
    timeDigits: 3,
    insertColumns: agentInsertColumns,
    deletedVersion: '18446744073709551615',
  },
};
