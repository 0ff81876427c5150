import type { Micros } from '@otas/event-schema';
import { type EventTuple, selectColumns } from '../backend-event-row';
import type { TimelineAgentEvent, TimelinePlace } from '../timeline-item';
import { pageSettings } from './page';
import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

/** A part of one table: the rows from a time on, and at that time itself only those behind a row, if there is one. */
interface Parameters extends SessionScope, Record<string, unknown> {
  readonly limit: number;
  /** Inclusive. */
  readonly from: Micros;
  /** Only read when `hasTie`: the row at `from` that was the last. */
  readonly tieSequence: number;
  readonly tieId: string;
  readonly hasTie: boolean;
}

/** By time, then by the text of the id. */
export const timelineBackendEvents: Query<Parameters, EventTuple> = {
  name: 'timeline-backend-events',
  settings: pageSettings,
  sql: ({ hasTie }) => `SELECT ${selectColumns} FROM backend_events FINAL
    WHERE ${ofSession} AND event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
      ${hasTie ? `AND (event_time > fromUnixTimestamp64Micro({from:Int64}, 'UTC') OR toString(event_id) > {tieId:String})` : ''}
    ORDER BY event_time, toString(event_id) LIMIT {limit:UInt32}`,
};

/** By time, then by the order of recording, then by the text of the id; hidden ones are left out. */
export const timelineAgentEvents: Query<Parameters, AgentEventTuple> = {
  name: 'timeline-agent-events',
  settings: pageSettings,
  sql: ({ hasTie }) => `SELECT ${agentEventColumns} FROM agent_events FINAL
    WHERE ${ofSession} AND is_hidden = 0 AND event_time >= ${fromMs}
      ${hasTie ? `AND (event_time > ${fromMs} OR (sequence, toString(event_id)) > ({tieSequence:UInt64}, {tieId:String}))` : ''}
    ORDER BY event_time, sequence, toString(event_id) LIMIT {limit:UInt32}`,
};

const fromMs = `fromUnixTimestamp64Milli(intDiv({from:Int64}, 1000), 'UTC')`;

export type AgentEventTuple = [
  eventId: string,
  eventTime: Micros,
  type: string,
  sequence: number,
  fields: string,
  createdAt: Micros,
];

export const agentEventColumns = `event_id, toUnixTimestamp64Milli(event_time) * 1000, type, sequence, fields,
  toUnixTimestamp64Micro(created_at)`;

export function toTimelineAgentEvent(tuple: AgentEventTuple): TimelineAgentEvent {
  const [eventId, eventTime, type, sequence, fields, createdAt] = tuple;
  return { eventId, eventTime, type, sequence, fields, createdAt };
}

/** A page of the timeline as the part of `backend_events` behind `after`. */
export function toBackendParameters(
  scope: SessionScope,
  limit: number,
  after: TimelinePlace | null,
): Parameters {
  // At one instant agent events come first, so behind one of them are all backend events of that instant.
  const hasTie = after?.kind === 'backend_event';
  return { ...idsOf(scope), ...tieOf(after), limit, from: after?.eventTime ?? 0, hasTie };
}

/** A page of the timeline as the part of `agent_events` behind `after`. */
export function toAgentParameters(
  scope: SessionScope,
  limit: number,
  after: TimelinePlace | null,
): Parameters {
  const hasTie = after?.kind === 'agent_event';
  // Behind a backend event no agent event of that instant is left: the next can only be a millisecond later.
  const nextMs = (Math.floor((after?.eventTime ?? 0) / 1000) + 1) * 1000;
  const from = after?.kind === 'backend_event' ? nextMs : (after?.eventTime ?? 0);
  return { ...idsOf(scope), ...tieOf(after), limit, from, hasTie };
}

function idsOf({ projectId, agentId, sessionId }: SessionScope): SessionScope {
  return { projectId, agentId, sessionId };
}

function tieOf(after: TimelinePlace | null): { tieSequence: number; tieId: string } {
  return { tieSequence: after?.sequence ?? 0, tieId: after?.eventId ?? '' };
}
