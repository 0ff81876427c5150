import type { Micros } from '@otas/event-schema';
import type { Query } from './query';

/** An event that `backend_events` will never take as it is. */
export interface DeadLetter {
  readonly projectId: string;
  readonly eventId: string;
  readonly createdAt: Micros;
  /** The event as whoever took it in keeps it. */
  readonly record: string;
  /** What ClickHouse said. */
  readonly reason: string;
}

interface Parameters extends Record<string, unknown> {
  readonly projectId: string;
  readonly limit: number;
  /** Only letters behind this one, in the order of the text of their ids; empty: from the first. */
  readonly afterEventId: string;
}

type Row = [projectId: string, eventId: string, createdAt: Micros, record: string, reason: string];

/** The letters that were not tried again since. */
export const deadLetters: Query<Parameters, Row> = {
  name: 'dead-letters',
  sql: () => `SELECT project_id, event_id, toUnixTimestamp64Micro(created_at), record, reason FROM dead_letters FINAL
    WHERE project_id = {projectId:UUID} AND is_revived = 0 AND toString(event_id) > {afterEventId:String}
    ORDER BY toString(event_id), created_at LIMIT {limit:UInt32}`,
};

export function toDeadLetter([projectId, eventId, createdAt, record, reason]: Row): DeadLetter {
  return { projectId, eventId, createdAt, record, reason };
}
