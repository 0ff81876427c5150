import { ApiError, invalidRequest } from '@otas/errors';
import {
  agentEventSchema,
  type ExactJson,
  type FieldFault,
  parseAgentEventInput,
  wire,
} from '@otas/event-schema';
import type { AgentEventStore, StoredAgentEvent } from '@otas/event-store';
import { type JsonObject, JsonText, type RawBody } from '@otas/http-kit';
import type { SessionAccess } from '@otas/uasam-client';
import { z } from 'zod';
import type { CaptureClock } from '../capture/clock';
import type { EventCapture } from '../capture/event-capture';
import type { PreparedAgentEvent } from '../capture/log-record';
import type { CapturePrincipal } from '../capture/to-event';
import { agentEvent, agentEventToJson } from './agent-event-json';
import { type ToAgentEventRules, toAgentEvent } from './to-agent-event';

export interface RecordDeps {
  readonly capture: EventCapture;
  readonly clock: CaptureClock;
  readonly agentEvents: AgentEventStore;
  readonly rules: ToAgentEventRules;
}

const eventsMax = 500;
const faultsMax = 100;

/** One event, or many. */
export const agentEventsSchema = z.union([
  agentEventSchema,
  z.looseObject({ events: z.array(agentEventSchema).min(1).max(eventsMax) }),
]);

export const recordedEvents = z.object({ events: z.array(agentEvent), session_key: wire.key('ase') });

/**
 * Takes one event in, or `{"events": [...]}` with 1 to 500 of them, all or none; resolves when they are durable. An event
 * whose id was recorded before is that one, whatever else is sent with it, and is answered as it was recorded then.
 *
 * @throws ApiError 400 `invalid_json` or `invalid_request`, which names the first hundred faults; 503 `event_log_full`
 */
export async function recordAgentEvents(
  deps: RecordDeps,
  access: SessionAccess,
  raw: RawBody,
): Promise<object> {
  const prepared = prepare(deps, access, raw);
  const isVisible = await deps.capture.keep(access.projectId, prepared);
  const stored = await findRecorded(deps.agentEvents, access, isVisible ? prepared : []);
  const texts = prepared.map(({ event }) =>
    agentEventToJson(stored.get(event.eventId) ?? event, access.sessionKey),
  );
  return { events: new JsonText(`[${texts.join(',')}]`), session_key: access.sessionKey };
}

function prepare(deps: RecordDeps, access: SessionAccess, raw: RawBody): PreparedAgentEvent[] {
  try {
    const { object, json } = raw.exactJson();
    const isMany = Object.hasOwn(object, 'events') && !Object.hasOwn(object, 'type');
    return isMany
      ? prepareMany(deps, access, object.events, json)
      : [prepareAlone(deps, access, object, json)];
  } catch (error) {
    if (error instanceof ApiError) deps.capture.countRejected(access.projectId, 1);
    throw error;
  }
}

function prepareMany(
  deps: RecordDeps,
  access: SessionAccess,
  events: unknown,
  json: ExactJson,
): PreparedAgentEvent[] {
  if (!Array.isArray(events)) throw invalidRequest([{ field: 'events', message: 'must be an array' }]);
  if (events.length < 1 || events.length > eventsMax) {
    throw invalidRequest([{ field: 'events', message: `must be 1 to ${eventsMax} events` }]);
  }
  const faults: FieldFault[] = [];
  const prepared: PreparedAgentEvent[] = [];
  for (const [index, body] of events.entries()) {
    const one = prepareAgentEvent(deps, access, body, json, `events[${index}]`);
    if ('faults' in one) faults.push(...one.faults);
    else prepared.push(one);
    if (faults.length >= faultsMax) break;
  }
  if (faults.length > 0) throw invalidRequest(faults.slice(0, faultsMax));
  return prepared;
}

function prepareAlone(
  deps: RecordDeps,
  access: SessionAccess,
  body: JsonObject,
  json: ExactJson,
): PreparedAgentEvent {
  const one = prepareAgentEvent(deps, access, body, json, '');
  if ('faults' in one) throw invalidRequest(one.faults);
  return one;
}

/**
 * Checks and stamps one event.
 *
 * @param json the parsed text that `body` is, or is a part of
 * @param name before the names of fields in faults, such as `events[3]`; empty: nothing
 */
export function prepareAgentEvent(
  { clock, rules }: Pick<RecordDeps, 'clock' | 'rules'>,
  principal: CapturePrincipal,
  body: unknown,
  json: ExactJson,
  name: string,
): PreparedAgentEvent | { faults: readonly FieldFault[] } {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return { faults: [{ field: name, message: 'must be an object' }] };
  }
  const at = name === '' ? '' : `${name}.`;
  const parsed = parseAgentEventInput(body as JsonObject, at);
  if ('faults' in parsed) return parsed;
  const made = toAgentEvent(parsed.input, json, principal, clock.now(), rules, at);
  if ('faults' in made) return made;
  // Who sends an id again may send it with another time.
  return {
    kind: 'agent_event',
    event: made.event,
    naming: parsed.input.eventId === null ? 'unnamed' : 'untimed',
  };
}

/** What is stored under ids that were sent, which may have been recorded before. */
async function findRecorded(
  agentEvents: AgentEventStore,
  access: SessionAccess,
  prepared: readonly PreparedAgentEvent[],
): Promise<ReadonlyMap<string, StoredAgentEvent>> {
  const named = prepared.filter(({ naming }) => naming !== 'unnamed');
  return agentEvents.findMany(
    access,
    named.map(({ event }) => event.eventId),
  );
}
