import { agentEventWith, wire } from '@otas/event-schema';
import type { StoredAgentEvent } from '@otas/event-store';
import { z } from 'zod';
import { formatV2Time, v2Time } from '../v2/time';

/** What every event has beside the fields of its type. */
export const agentEventHead = { id: wire.key('aev'), session_key: wire.key('ase'), created_at: v2Time };

const hidden = z.literal(true).optional();

export const agentEvent = agentEventWith({ ...agentEventHead, hidden }).meta({ id: 'RecordedAgentEvent' });

export const wholeAgentEvent = agentEventWith({
  ...agentEventHead,
  session_id: wire.key('ase'),
  hidden,
}).meta({ id: 'WholeAgentEvent' });

/** What of an event is shown; `type` is one of the contract's. */
interface Shown extends Pick<StoredAgentEvent, 'eventId' | 'eventTime' | 'fields' | 'isHidden'> {
  readonly type: string;
}

/**
 * An event as a v2 client reads it, as JSON text: its own fields stand in it as they are stored, so that no digit of a
 * number is lost. A hidden one says `"hidden": true`.
 */
export function agentEventToJson(event: Shown, sessionKey: string): string {
  return toJson(event, `"session_key":${JSON.stringify(sessionKey)}`);
}

/** The same for an event that is read by its id: it has the session's key under both names that clients know. */
export function agentEventToWholeJson(event: Shown, sessionKey: string): string {
  const key = JSON.stringify(sessionKey);
  return toJson(event, `"session_key":${key},"session_id":${key}`);
}

function toJson({ eventId, eventTime, type, fields, isHidden }: Shown, session: string): string {
  const own = fields.slice(1, -1);
  return (
    `{"id":"aev_${eventId}",${session}` +
    `,"created_at":"${formatV2Time(eventTime)}"` +
    `,"type":"${type}"` +
    (isHidden ? ',"hidden":true' : '') +
    (own === '' ? '}' : `,${own}}`)
  );
}
