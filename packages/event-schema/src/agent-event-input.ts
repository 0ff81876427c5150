import { z } from 'zod';
import { type AgentEventType, agentEventTypes } from './agent-event';
import { agentEventFields } from './agent-event-fields';
import {
  type Check,
  described,
  type FieldFault,
  type JsonObject,
  memberOf,
  oneOf,
  optional,
  schemaWith,
} from './field-checks';
import { type Micros, parseTime, timePattern } from './time';
import { parseUuid } from './uuid';
import { anyUuid, otherTimes } from './wire-schemas';

/** An agent event as it was sent, checked, before anything is known of who sent it. */
export interface AgentEventInput {
  readonly type: AgentEventType;
  /** Null when the sender left it out. */
  readonly eventId: string | null;
  /** Whole milliseconds; null when the sender left it out. */
  readonly eventTime: Micros | null;
  /** The fields of the type, with defaults, then all others that were sent; values as the parser gave them. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}

/** Names that every event has in an answer, whatever was sent under them. */
const reserved = new Set(['id', 'session_key', 'session_id', 'created_at', 'type', 'hidden']);

const type = oneOf(agentEventTypes);
const idSchema = z
  .string()
  .refine((text) => text.startsWith('aev_') && parseUuid(text.slice(4)) !== null)
  .meta({ pattern: `^aev_${anyUuid}$`, examples: ['aev_019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12'] });
const readId = described(idSchema, (value, field, faults) => {
  const uuid = typeof value === 'string' && value.startsWith('aev_') ? parseUuid(value.slice(4)) : null;
  if (uuid === null) faults.push({ field, message: 'must be aev_ and a UUID' });
  return uuid;
});
const id = optional(readId, null);

/** Some languages write nanoseconds. */
const belowMicros = /([.,]\d{6})\d{1,3}(?!\d)/;
const parseNanos = (text: string) => parseTime(text.replace(belowMicros, '$1'));
const timeSchema = z
  .string()
  .refine((text) => parseNanos(text) !== null)
  .meta({
    pattern: timePattern(9),
    description: `A time of RFC 3339 with at most nine fraction digits, of which three are kept; ${otherTimes}`,
    examples: ['2026-04-16T14:30:00.000Z'],
  });
const readTime = described(timeSchema, (value, field, faults) => {
  const micros = typeof value === 'string' ? parseNanos(value) : null;
  if (micros === null) faults.push({ field, message: 'must be an RFC 3339 time' });
  return micros === null ? null : Math.floor(micros / 1000) * 1000;
});
const time = optional(readTime, null);

/**
 * Checks one event. Null in an optional field is the same as leaving it out; fields that its type does not have are kept
 * as they are, but for those that are always ours.
 *
 * @param at before the name of each field in `faults`, such as `events[3].`; the event itself has this name without the
 *   point
 */
export function parseAgentEventInput(
  body: JsonObject,
  at = '',
): { input: AgentEventInput } | { faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const read = (name: string, check: Check) => check(memberOf(body, name), `${at}${name}`, faults);
  const input = { type: read('type', type), eventId: read('id', id), eventTime: read('created_at', time) };
  const shape = agentEventFields[input.type as AgentEventType] ?? {};
  const known = Object.entries(shape).map(([name, check]) => [name, read(name, check)] as const);
  if (Object.hasOwn(shape, 'tool_configuration')) checkConfigurations(body, at, faults);
  if (faults.length > 0) return { faults };
  const others = Object.entries(body).filter(([name]) => !reserved.has(name) && !Object.hasOwn(shape, name));
  const fields = [...nameConfiguration(known), ...others].filter(([, value]) => value !== undefined);
  return { input: { ...(input as Pick<AgentEventInput, 'type' | 'eventId' | 'eventTime'>), fields } };
}

/** Whether a field of this name belongs to events of the type, and is none of those that anybody may add. */
export function isFieldOf(type: AgentEventType, name: string): boolean {
  return Object.hasOwn(agentEventFields[type], name);
}

function checkConfigurations(body: JsonObject, at: string, faults: FieldFault[]): void {
  const [first, second] = [body.tool_configuration ?? null, body.tool_configuration_name ?? null];
  if (first === null || second === null || first === second) return;
  faults.push({ field: `${at}tool_configuration_name`, message: 'must be the same as tool_configuration' });
}

/** Clients read a tool's configuration under one of two names: both are there, also where neither was sent. */
function nameConfiguration(known: AgentEventInput['fields']): AgentEventInput['fields'] {
  const values = new Map(known);
  if (!values.has('tool_configuration')) return known;
  const name =
    values.get('tool_configuration') ?? values.get('tool_configuration_name') ?? values.get('tool_name');
  return [...values.set('tool_configuration', name).set('tool_configuration_name', name)];
}

/** An event of any type: `members`, the fields of its type and any others. */
export function agentEventWith(members: Readonly<Record<string, z.ZodType>>) {
  const ofType = (name: AgentEventType) =>
    schemaWith(agentEventFields[name]).safeExtend({ ...members, type: z.literal(name) });
  return z.union(agentEventTypes.map(ofType));
}

/** One event as it is sent: takes what {@link parseAgentEventInput} takes, but for two names of a tool's configuration that differ. */
export const agentEventSchema = agentEventWith({ id: id.schema, created_at: time.schema }).meta({
  id: 'AgentEvent',
});
