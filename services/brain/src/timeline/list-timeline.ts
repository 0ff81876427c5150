import { placeOf, type TimelineStore } from '@otas/event-store';
import { checked, firstOfEach, JsonText, type RequestContext, readFields } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import type { Reader } from '../auth/reader';
import { readPage } from '../reads/read-page';
import {
  parseSessionEventsQuery,
  type SessionEventsQuery,
  sessionEvents,
  sessionEventsQuery,
} from '../reads/session-events';
import { itemToJson, timelineItem } from './item-to-json';
import { findSessionKey } from './session-key';
import type { TimelineCursorCodec } from './timeline-cursor';

export interface TimelineQuery extends SessionEventsQuery {
  readonly follow: boolean;
}

export interface TimelineDeps {
  readonly timeline: TimelineStore;
  readonly timelineCursors: TimelineCursorCodec;
}

const follow = z
  .enum(['true', 'false', ''], 'must be true or false')
  .meta({ description: '`true`: a stream of server-sent events.', examples: ['false'] });
const timelineQuery = sessionEventsQuery.extend({ follow: follow.optional() });

/**
 * The query string of `session/timeline`.
 *
 * @throws ApiError 400 as for `session/events`; `invalid_request` when `follow` is neither `true` nor `false`
 */
export const parseTimelineQuery = checked(timelineQuery, (parameters: URLSearchParams): TimelineQuery => {
  const query = parseSessionEventsQuery(parameters);
  const { follow } = readFields(timelineQuery, firstOfEach(parameters));
  return { ...query, follow: follow === 'true' };
});

export const timelinePage = sessionEvents.extend({ events: z.array(timelineItem) });

/** One page of a session's timeline, and where the next one begins while there are more. */
export async function listTimeline(
  deps: TimelineDeps & { readonly uasam: UasamClient },
  reader: Reader,
  query: TimelineQuery,
  context: RequestContext,
): Promise<object> {
  const scope = { ...reader, sessionId: query.sessionId };
  const after = query.cursor === null ? null : deps.timelineCursors.read(query.cursor, scope).place;
  const [{ rows, hasMore }, sessionKey] = await Promise.all([
    readPage(query.limit, (limit) => deps.timeline.listPage(scope, limit, after)),
    findSessionKey(deps.uasam, context, scope),
  ]);
  const last = rows.at(-1);
  return {
    agent_id: reader.agentId,
    project_id: reader.projectId,
    session_id: query.sessionId,
    count: rows.length,
    events: new JsonText(`[${rows.map((item) => itemToJson(item, sessionKey)).join(',')}]`),
    ...(hasMore && last !== undefined
      ? { next_cursor: deps.timelineCursors.write({ place: placeOf(last), sent: null }, scope) }
      : {}),
  };
}
