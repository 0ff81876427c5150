import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { AgentEventStore, Change, StoredAgentEvent } from '@otas/event-store';
import type { SessionAccess } from '@otas/uasam-client';
import type { CaptureClock } from '../capture/clock';

/**
 * An event by its key, also when it is hidden.
 *
 * @param eventKey `aev_…` of the form that the contract says
 * @throws ApiError 404 `event_not_found`
 */
export async function getAgentEvent(
  agentEvents: AgentEventStore,
  access: SessionAccess,
  eventKey: string,
): Promise<StoredAgentEvent> {
  const eventId = parseUuid(eventKey.slice('aev_'.length));
  const event = eventId === null ? null : await agentEvents.find(access, eventId);
  if (event === null) throw new ApiError('event_not_found', { payload: { id: eventKey } });
  return event;
}

/**
 * Hides, shows or deletes an event, and gives it as it is then; the next read sees it so.
 *
 * @throws ApiError 404 `event_not_found`
 */
export async function changeAgentEvent(
  { agentEvents, clock }: { readonly agentEvents: AgentEventStore; readonly clock: CaptureClock },
  access: SessionAccess,
  eventKey: string,
  change: Change,
): Promise<StoredAgentEvent> {
  const event = await getAgentEvent(agentEvents, access, eventKey);
  const isHidden = change === 'delete' ? event.isHidden : change === 'hide';
  if (change === 'delete' || isHidden !== event.isHidden) {
    await agentEvents.change(access, event, change, clock.now());
  }
  return { ...event, isHidden };
}
