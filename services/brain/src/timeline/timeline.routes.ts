import { EventStream, endpoint, type MountedEndpoint, type RequestContext } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import { authenticateReader, type Reader, readerOf } from '../auth/reader';
import { parseSessionId } from '../reads/session-events';
import type { Followers } from './followers';
import {
  listTimeline,
  parseTimelineQuery,
  type TimelineDeps,
  type TimelineQuery,
  timelinePage,
} from './list-timeline';
import { findSessionKey } from './session-key';
import { sessionSummary, summariseSession } from './summarise-session';

export interface TimelineRouteDeps extends TimelineDeps {
  readonly uasam: UasamClient;
  readonly followers: Followers;
  /** How long a client of a stream may leave it unread, in milliseconds. */
  readonly followStalledMs: number;
}

const tag = 'Timeline';
const readErrors = ['session_id_required', 'session_id_not_a_uuid', 'event_store_unavailable'] as const;
const stream = z.string().meta({
  description: 'Each event has the `id` of a cursor and an item of the timeline as `data`.',
  examples: ['id: AGV4YW1wbGU\ndata: {"kind":"backend_event"}\n\n'],
});
const lastEventId = z.string().meta({
  description: 'Where a stream that was cut goes on; before `cursor`.',
  examples: ['AGV4YW1wbGU'],
});

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
      about: {
        name: 'listTimeline',
        tag,
        summary: 'Lists calls and agent events of a session in one order, or follows them live',
        answer: [
          { payload: timelinePage },
          { summary: 'With `follow=true`', types: { 'text/event-stream': stream } },
        ],
        headers: { 'Last-Event-ID': lastEventId },
        errors: [
          ...readErrors,
          'limit_not_an_integer',
          'invalid_cursor',
          'invalid_request',
          'rate_limit_exceeded',
          'not_ready',
        ],
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/v1/agent/session/summary/',
      authenticate: readerOf(deps.uasam),
      query: parseSessionId,
      status: 200,
      description: 'session_summarised',
      handle: ({ principal, query }) => summariseSession(deps.timeline, principal, query),
      about: {
        name: 'summariseSession',
        tag,
        summary: 'Counts what happened in a session',
        details: 'Latencies are exact, in milliseconds. A session that is not known has no events.',
        answer: sessionSummary,
        errors: readErrors,
      },
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
