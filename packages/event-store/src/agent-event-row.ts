import type { AgentEvent } from '@otas/event-schema';
import { fromDateTime64, toDateTime64, toMilliDateTime64 } from './date-time';
import type { Row } from './encode-rows';

/**
 * The columns of `agent_events` in the order of {@link toAgentRow}, for events that are not hidden; the first five are those
 * of every kind.
 */
export const agentInsertColumns: readonly string[] = [
  'event_id',
  'event_time',
  'project_id',
  'agent_id',
  'agent_session_id',
  'type',
  'sequence',
  'tool_call_id',
  'tool_name',
  'is_error',
  'fields',
  'redacted_fields',
  'created_at',
];

/** The row of an event; see {@link agentInsertColumns}. */
export function toAgentRow(event: AgentEvent): Row {
  return [
    event.eventId,
    toMilliDateTime64(event.eventTime),
    event.projectId,
    event.agentId,
    event.agentSessionId,
    event.type,
    event.sequence,
    event.toolCallId,
    event.toolName,
    event.isError ? 1 : 0,
    event.fields,
    event.redactedFields,
    toDateTime64(event.createdAt),
  ];
}

/** The event of a row of {@link toAgentRow}, as `encodeRows` wrote it. */
export function fromAgentRowText(text: string): AgentEvent {
  const row = JSON.parse(text);
  return {
    eventId: row[0],
    eventTime: fromDateTime64(row[1]),
    projectId: row[2],
    agentId: row[3],
    agentSessionId: row[4],
    type: row[5],
    sequence: row[6],
    toolCallId: row[7],
    toolName: row[8],
    isError: row[9] === 1,
    fields: row[10],
    redactedFields: row[11],
    createdAt: fromDateTime64(row[12]),
    isHidden: false,
  };
}
