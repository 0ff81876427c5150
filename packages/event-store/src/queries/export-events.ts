import type { Micros } from '@otas/event-schema';
import { backendEventColumns } from '../backend-event-row';
import type { EventKind } from '../event-kinds';

export type ExportFormat = 'ndjson' | 'csv' | 'parquet';

/** Events of an agent, as they are stored; the hidden ones and the deleted ones are left out. Ids are canonical UUIDs. */
export interface ExportScope {
  readonly projectId: string;
  readonly agentId: string;
  /** Null: of all sessions of the agent. */
  readonly sessionId: string | null;
  readonly kind: EventKind;
  /** Inclusive; null: from the first. */
  readonly from: Micros | null;
  /** Exclusive; null: to the last. */
  readonly until: Micros | null;
}

/** A place between two events of an export, which is in the order of session, time and id. */
export interface ExportPlace {
  readonly sessionId: string;
  readonly eventTime: Micros;
  readonly eventId: string;
}

/** The columns of each kind that an export has, in their order. */
export const exportColumns: Readonly<Record<EventKind, readonly string[]>> = {
  backend_event: backendEventColumns,
  agent_event: [
    ...['event_id', 'event_time', 'project_id', 'agent_id', 'agent_session_id', 'type', 'sequence'],
    ...['tool_call_id', 'tool_name', 'is_error', 'fields', 'redacted_fields', 'created_at'],
  ],
};

const tables = { backend_event: 'backend_events', agent_event: 'agent_events' } as const;

const cursorColumn = `concat(toString(agent_session_id), '_',
  toString(toUnixTimestamp64Micro(toDateTime64(event_time, 6, 'UTC'))), '_', toString(event_id)) AS cursor`;

/** The form of the last column of a row. */
export const cursorForm =
  /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(\d{1,17})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The place of a row's cursor; null for a text of another form. */
export function placeOfCursor(text: string): ExportPlace | null {
  const match = cursorForm.exec(text);
  if (match === null) return null;
  const [, sessionId = '', micros, eventId = ''] = match;
  return { sessionId, eventTime: Number(micros), eventId };
}

const time = (name: string): string => `fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')`;

function conditionOf({ sessionId, from, until }: ExportScope, after: ExportPlace | null): string {
  return [
    'project_id = {projectId:UUID} AND agent_id = {agentId:UUID}',
    ...(sessionId === null ? [] : ['agent_session_id = {sessionId:UUID}']),
    ...(from === null ? [] : [`event_time >= ${time('from')}`]),
    ...(until === null ? [] : [`event_time < ${time('until')}`]),
    ...(after === null ? [] : [behind]),
  ].join(' AND ');
}

const behind = `(agent_session_id > {afterSession:UUID} OR (agent_session_id = {afterSession:UUID}
  AND event_time >= ${time('afterTime')} AND (event_time > ${time('afterTime')} OR event_id > {afterId:UUID})))`;

export function exportParameters(
  { projectId, agentId, sessionId, from, until }: ExportScope,
  after: ExportPlace | null,
): Record<string, unknown> {
  return {
    ...{ projectId, agentId, sessionId, from, until },
    ...(after === null
      ? {}
      : { afterSession: after.sessionId, afterTime: after.eventTime, afterId: after.eventId }),
  };
}

/** The events of an export; the last column is each one's cursor. */
export function exportRows(scope: ExportScope, after: ExportPlace | null): string {
  return `SELECT ${exportColumns[scope.kind].join(', ')}, ${cursorColumn} ${fromWhere(scope, after)}
    ORDER BY project_id, agent_id, agent_session_id, event_time, event_id`;
}

/** All events of an export at once. */
export function exportAll(scope: ExportScope): string {
  return `SELECT ${exportColumns[scope.kind].join(', ')} ${fromWhere(scope, null)}
    ORDER BY project_id, agent_id, agent_session_id, event_time, event_id`;
}

export function countAll(scope: ExportScope, most: number): string {
  return `SELECT count() FROM (SELECT 1 ${fromWhere(scope, null)} LIMIT ${most + 1})`;
}

function fromWhere(scope: ExportScope, after: ExportPlace | null): string {
  const shown = scope.kind === 'agent_event' ? ' AND is_hidden = 0' : '';
  return `FROM ${tables[scope.kind]} FINAL WHERE ${conditionOf(scope, after)}${shown}`;
}
