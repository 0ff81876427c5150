import { randomUUID } from 'node:crypto';
import {
  type AgentEvent,
  type AgentEventInput,
  type ExactJson,
  type FieldFault,
  isFieldOf,
  type Micros,
  microsOfUuidV7,
} from '@otas/event-schema';
import type { Redactor } from '../capture/redactor';
import type { CapturePrincipal, TimeWindow } from '../capture/to-event';
import { redactMembers } from './redact-value';

export interface ToAgentEventRules {
  readonly redactor: Redactor;
  readonly window: TimeWindow;
}

/**
 * The event that was sent, with what the sender left out: a time, which is that of a version 7 id or now, and an id, which
 * holds the time.
 *
 * @param json the parsed text that the input is a part of
 * @param now never twice the same: it is the order of recording, too
 * @param at before the names of fields in faults, as `parseAgentEventInput` has it
 */
export function toAgentEvent(
  input: AgentEventInput,
  json: ExactJson,
  principal: CapturePrincipal,
  now: Micros,
  { redactor, window }: ToAgentEventRules,
  at: string,
): { event: AgentEvent } | { faults: readonly FieldFault[] } {
  const { type, eventId } = input;
  const timeInId = eventId === null ? null : microsOfUuidV7(eventId);
  const eventTime = input.eventTime ?? timeInId ?? Math.floor(now / 1000) * 1000;
  const fault = faultOfTime(eventTime, now, window);
  if (fault !== null) {
    return { faults: [{ field: `${at}${input.eventTime === null ? 'id' : 'created_at'}`, message: fault }] };
  }
  const fields = redactMembers(input.fields, redactor, (name) => isFieldOf(type, name));
  const values = new Map(fields);
  const isOfTool = type === 'tool_input' || type === 'tool_output';
  const text = (name: string): string | null => {
    const value = values.get(name);
    return isOfTool && typeof value === 'string' ? value.toWellFormed() : null;
  };
  const event = {
    eventId: eventId ?? newUuidV7(eventTime),
    eventTime,
    projectId: principal.projectId,
    agentId: principal.agentId,
    agentSessionId: principal.sessionId,
    type,
    sequence: now,
    toolCallId: text('tool_call_id'),
    toolName: text('tool_name'),
    isError: type === 'tool_output' && values.get('error') === true,
    fields: `{${fields.map(([name, value]) => `${json.textOf(name)}:${json.textOf(value)}`).join(',')}}`,
    redactedFields: fields
      .filter(([name, value], at) => name !== input.fields[at]?.[0] || value !== input.fields[at][1])
      .map(([name]) => name.toWellFormed()),
    createdAt: now,
    isHidden: false,
  };
  return { event };
}

function faultOfTime(eventTime: Micros, now: Micros, { past, future }: TimeWindow): string | null {
  if (eventTime >= now - past && eventTime <= now + future) return null;
  return `the time of the event is too far in the ${eventTime < now ? 'past' : 'future'}`;
}

/** A UUID of version 7 (RFC 9562, 5.7) with this time: who reads the event by its id finds it by its time. */
function newUuidV7(time: Micros): string {
  const ms = Math.max(0, time / 1000)
    .toString(16)
    .padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice(15)}`;
}
