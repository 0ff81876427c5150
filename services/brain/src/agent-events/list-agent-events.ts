import type { AgentEventStore } from '@otas/event-store';
import { firstOfEach, JsonText, readFields } from '@otas/http-kit';
import type { SessionAccess } from '@otas/uasam-client';
import { z } from 'zod';
import { readPage } from '../reads/read-page';
import { type Page, pageMetadata, pageQuery, parsePage } from '../v2/page';
import { agentEventToJson } from './agent-event-json';
import { checkForm, type PageKeys } from './page-keys';

export interface ListQuery extends Page {
  readonly includeHidden: boolean;
}

const flag = z.enum(['true', 'false'], 'must be true or false').meta({ examples: ['true'] });

export const listQuery = pageQuery.extend({ include_hidden: flag.optional() });

/** The query string of a list of events. @throws ApiError 400 `invalid_request` */
export function parseListQuery(parameters: URLSearchParams): ListQuery {
  const page = parsePage(parameters);
  checkForm(page.pageKey);
  const { include_hidden: includeHidden } = readFields(listQuery, firstOfEach(parameters));
  return { ...page, includeHidden: includeHidden === 'true' };
}

/**
 * One page of a session, how many events there are in all, and where the next page begins while there are more.
 *
 * @throws ApiError 400 `invalid_request` for a page key that is not of this list
 */
export async function listAgentEvents(
  deps: { readonly agentEvents: AgentEventStore; readonly pageKeys: PageKeys },
  access: SessionAccess,
  { limit, pageKey, includeHidden }: ListQuery,
): Promise<object> {
  const { projectId, agentId, sessionId, sessionKey } = access;
  const scope = { projectId, agentId, sessionId, includeHidden };
  const after = pageKey === null ? null : deps.pageKeys.read(pageKey, scope);
  let totalCount = 0;
  const { rows, hasMore } = await readPage(limit, async (most) => {
    const page = await deps.agentEvents.readPage({ ...scope, limit: most, after });
    totalCount = page.totalCount;
    return page.events;
  });
  const last = rows.at(-1);
  const next = hasMore && last !== undefined ? deps.pageKeys.write(last, scope) : null;
  const texts = rows.map((event) => agentEventToJson(event, sessionKey));
  return { events: new JsonText(`[${texts.join(',')}]`), metadata: pageMetadata(next, totalCount) };
}
