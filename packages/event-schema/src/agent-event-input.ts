import { type AgentEventType, agentEventTypes } from './agent-event';
import { agentEventFields } from './agent-event-fields';
import { type Check, type FieldFault, type JsonObject, memberOf, oneOf, optional } from './field-checks';
import { type Micros, parseTime } from './time';
import { parseUuid } from './uuid';

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
const id = optional((value, field, faults) => {
  const uuid = typeof value === 'string' && value.startsWith('aev_') ? parseUuid(value.slice(4)) : null;
  if (uuid === null) faults.push({ field, message: 'must be aev_ and a UUID' });
  return uuid;
}, null);
const time = optional((value, field, faults) => {
  const micros = typeof value === 'string' ? parseTime(value.replace(belowMicros, '$1')) : null;
  if (micros === null) faults.push({ field, message: 'must be an RFC 3339 time' });
  return micros === null ? null : Math.floor(micros / 1000) * 1000;
}, null);

/** Some languages write nanoseconds. */
const belowMicros = /([.,]\d{6})\d{1,3}(?!\d)/;

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
