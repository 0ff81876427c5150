import { eventOf } from './event';
import { idToRenew, requestBytes } from './request';
import type { Tenant } from './tenant';

const path = '/api/v1/backend/log/agent/';

/** Where one event goes; the references answer there too. */
export const capturePath = path;

/** A request with one event; `isNamed`: with an id that the load generator is to renew. */
export function eventRequest(tenant: Tenant, isNamed: boolean): Buffer {
  return requestBytes('POST', path, tenant.agent, JSON.stringify(event(tenant, isNamed)));
}

export function batchRequest(tenant: Tenant, events: number, isNamed: boolean): Buffer {
  const body = { events: Array.from({ length: events }, () => event(tenant, isNamed)) };
  return requestBytes('POST', `${path}batch/`, tenant.agent, JSON.stringify(body));
}

function event(tenant: Tenant, isNamed: boolean): object {
  return isNamed ? { event_id: idToRenew(), ...eventOf(tenant) } : eventOf(tenant);
}
