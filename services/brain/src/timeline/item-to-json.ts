import { parseExactJson } from '@otas/event-schema';
import type { TimelineAgentEvent, TimelineItem } from '@otas/event-store';
import { eventToJson } from '../reads/event-to-json';
import { formatV2Time } from '../v2/time';

/** An item of the timeline: its `kind`, then the event as the reads of its own kind give it. */
export function itemToJson({ kind, event }: TimelineItem, sessionKey: string): string {
  const json = kind === 'backend_event' ? eventToJson(event) : agentEventToJson(event, sessionKey);
  return `{"kind":"${kind}",${json.slice(1)}`;
}

/** The JSON of an item that comes after items of a later time. */
export function markLate(json: string): string {
  return `{"late":true,${json.slice(1)}`;
}

function agentEventToJson(event: TimelineAgentEvent, sessionKey: string): string {
  const own = withoutOurNames(event.fields).slice(1, -1);
  return (
    `{"id":"aev_${event.eventId}"` +
    `,"session_key":${JSON.stringify(sessionKey)}` +
    `,"created_at":"${formatV2Time(event.eventTime)}"` +
    `,"type":${JSON.stringify(event.type)}${own === '' ? '' : `,${own}`}}`
  );
}

/** An event may have fields of its own with the names of ours, and no name may stand in an object twice. */
function withoutOurNames(fields: string): string {
  if (!/"(?:kind|late)"/.test(fields)) return fields;
  const { value, textOf } = parseExactJson(fields);
  const others = Object.entries(value as object).filter(([name]) => name !== 'kind' && name !== 'late');
  return textOf(Object.fromEntries(others));
}
