import { type Answer, send } from './http';
import type { Addresses, Tenant } from './tenant';
import { type Headers, sessionPath } from './v2';
import { readEventPage } from './v2-models';

/** What an agent, and whoever reads after it, asks about the events of the tenant's session. */
export function agentEventClient(services: () => Pick<Addresses, 'brain'>, tenant: () => Tenant) {
  const url = (tail = '', who: Pick<Tenant, 'agentId' | 'sessionId'> = tenant()): string =>
    `${services().brain.url}/v2/agents${sessionPath(who)}/events${tail}`;
  const reader = (): Headers => ({ 'x-api-key': tenant().sdkKey });
  return {
    url,

    /** Records one event, or `{events}`; as the agent itself unless other headers are given. */
    record: (body: unknown, headers: Headers = tenant().agent): Promise<Answer> =>
      send('POST', url(), headers, body),

    /** Asks at a path below the list, such as `/aev_…/hide` or `?limit=3`; with the SDK key unless other headers are given. */
    ask: (method: string, tail = '', headers: Headers = reader()): Promise<Answer> =>
      send(method, url(tail), headers),

    /** All events, read strictly, page by page. */
    readAll: async (limit = 100, query = '') => {
      const events: ReturnType<typeof readEventPage>['events'][number][] = [];
      let more = '';
      for (;;) {
        const page = readEventPage(await send('GET', url(`?limit=${limit}${query}${more}`), reader()));
        events.push(...page.events);
        if (page.metadata.page_key === undefined) return events;
        more = `&page_key=${page.metadata.page_key}`;
      }
    },
  };
}
