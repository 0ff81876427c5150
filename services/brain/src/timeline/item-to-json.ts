import { agentEventWith, parseExactJson } from '@otas/event-schema';
import type { TimelineItem } from '@otas/event-store';
import { z } from 'zod';
import { agentEventHead, agentEventToJson } from '../agent-events/agent-event-json';
import { backendEvent, eventToJson } from '../reads/event-to-json';

export const timelineItem = z
  .union([
    backendEvent.extend({ kind: z.literal('backend_event') }),
    agentEventWith({ kind: z.literal('agent_event'), ...agentEventHead }),
  ])
  .meta({ id: 'TimelineItem' });

/** An item of the timeline: its `kind`, then the event as the reads of its own kind give it. */
export function itemToJson({ kind, event }: TimelineItem, sessionKey: string): string {
  const json =
    kind === 'backend_event'
      ? eventToJson(event)
      : agentEventToJson({ ...event, fields: withoutOurNames(event.fields), isHidden: false }, sessionKey);
  return `{"kind":"${kind}",${json.slice(1)}`;
}

/** The JSON of an item that comes after items of a later time. */
export function markLate(json: string): string {
  return `{"late":true,${json.slice(1)}`;
}

/** An event may have fields of its own with the names of ours, and no name may stand in an object twice. */
function withoutOurNames(fields: string): string {
  if (!/"(?:kind|late)"/.test(fields)) return fields;
  const { value, textOf } = parseExactJson(fields);
  const others = Object.entries(value as object).filter(([name]) => name !== 'kind' && name !== 'late');
  return textOf(Object.fromEntries(others));
}
