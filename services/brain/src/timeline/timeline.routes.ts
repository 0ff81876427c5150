import { EventStream, endpoint, type MountedEndpoint, type RequestContext } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { authenticateReader, type Reader, readerOf } from '../auth/reader';
import { parseSessionId } from '../reads/session-events';
import type { Followers } from './followers';
import { listTimeline, parseTimelineQuery, type TimelineDeps, type TimelineQuery } from './list-timeline';
import { findSessionKey } from './session-key';
import { summariseSession } from './summarise-session';

export interface TimelineRouteDeps extends TimelineDeps {
  readonly uasam: UasamClient;
  readonly followers: Followers;
  /** How long a client of a stream may leave it unread, in milliseconds. */
  readonly followStalledMs: number;
}

export function timelineEndpoints(deps: TimelineRouteDeps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/api/v1/agent/session/timeline/',
      authenticate: readerOf(deps.uasam),
      query: parseTimelineQuery,
      status: 200,
      description: 'session_timeline_listed',
      handle: ({ principal, query, context }) =>
        query.follow
          ? followTimeline(deps, principal, query, context)
          : listTimeline(deps, principal, query, context),
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/v1/agent/session/summary/',
      authenticate: readerOf(deps.uasam),
      query: parseSessionId,
      status: 200,
      description: 'session_summarised',
      handle: ({ principal, query }) => summariseSession(deps.timeline, principal, query),
    }),
  ];
}

async function followTimeline(
  deps: TimelineRouteDeps,
  reader: Reader,
  query: TimelineQuery,
  context: RequestContext,
): Promise<EventStream> {
  const scope = { ...reader, sessionId: query.sessionId };
  // A client that connects again repeats its query, and says in the header how far it came since.
  const text = context.header('last-event-id') ?? query.cursor;
  const cursor = text === null ? null : deps.timelineCursors.read(text, scope);
  const mayRead = () => authenticateReader(deps.uasam, context);
  const sessionKey = await findSessionKey(deps.uasam, context, scope);
  const { run } = await deps.followers.open({ scope, sessionKey, cursor, mayRead });
  return new EventStream({ run, stalledMs: deps.followStalledMs });
}
