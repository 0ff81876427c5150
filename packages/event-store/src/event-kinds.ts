import { agentInsertColumns } from './agent-event-row';
import { insertColumns } from './backend-event-row';

/** What is captured; the names are those of the column `kind` of `event_ids`. */
export type EventKind = 'backend_event' | 'agent_event';

/** The table of a kind. */
export interface KindOfEvents {
  readonly kind: EventKind;
  readonly table: string;
  /** The columns of a row of the log: those of the table, but for the ones that only change later. */
  readonly insertColumns: string;
  /** A row with this version deletes its key, whatever other rows there are, now or later. */
  readonly deletedVersion: string;
}

export const eventKinds: Readonly<Record<EventKind, KindOfEvents>> = {
  backend_event: { kind: 'backend_event', table: 'backend_events', insertColumns, deletedVersion: '1' },
  agent_event: {
    kind: 'agent_event',
    table: 'agent_events',
    insertColumns: agentInsertColumns,
    deletedVersion: '18446744073709551615',
  },
};
