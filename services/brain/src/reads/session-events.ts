import { parseUuid, readBy, sent, wire } from '@otas/event-schema';
import type { EventStore } from '@otas/event-store';
import { checked, firstOfEach, JsonText, readFields } from '@otas/http-kit';
import { z } from 'zod';
import type { Reader } from '../auth/reader';
import type { CursorCodec } from './cursor';
import { backendEvent, eventToJson } from './event-to-json';
import { readPage } from './read-page';

export interface SessionEventsQuery {
  readonly sessionId: string;
  readonly limit: number;
  readonly cursor: string | null;
}

const limitDefault = 200;
const limitMax = 500;

const sessionId = z
  .string('session_id_required')
  .min(1, 'session_id_required')
  .pipe(readBy(parseUuid, 'session_id_not_a_uuid'))
  .meta({ ...sent.uuid.meta() });
const limit = z
  .string()
  .regex(/^(?:\s*[+-]?\d{1,400}\s*)?$/, 'limit_not_an_integer')
  .transform((text) => (text === '' ? limitDefault : Math.min(Math.max(Number(text), 1), limitMax)))
  .meta({
    ...sent.asInteger,
    description: `At most so many (${limitDefault}; 1 to ${limitMax}).`,
    examples: [100],
  });
export const sessionEventsQuery = z.object({
  session_id: sessionId,
  limit: limit.optional(),
  cursor: sent.cursor.optional(),
});
const sessionQuery = sessionEventsQuery.pick({ session_id: true });

/**
 * The query string of `session/events`.
 *
 * @throws ApiError 400 with the contract's own texts
 */
export const parseSessionEventsQuery = checked(
  sessionEventsQuery,
  (parameters: URLSearchParams): SessionEventsQuery => {
    const query = readFields(sessionEventsQuery, firstOfEach(parameters));
    return {
      sessionId: query.session_id,
      limit: query.limit ?? limitDefault,
      cursor: query.cursor ?? null,
    };
  },
);

/** @throws ApiError 400 with the contract's own texts */
export const parseSessionId = checked(sessionQuery, (parameters: URLSearchParams): string => {
  return readFields(sessionQuery, firstOfEach(parameters)).session_id;
});

export const sessionEvents = z.object({
  agent_id: wire.uuid,
  project_id: wire.uuid,
  session_id: wire.uuid,
  count: wire.count,
  events: z.array(backendEvent),
  next_cursor: wire.cursor.optional(),
});

/** One page of a session, and where the next one begins while there are more. */
export async function listSessionEvents(
  deps: { readonly store: EventStore; readonly cursors: CursorCodec },
  reader: Reader,
  query: SessionEventsQuery,
): Promise<object> {
  const scope = { ...reader, sessionId: query.sessionId };
  const after = query.cursor === null ? null : deps.cursors.read(query.cursor, scope);
  const { rows: events, hasMore } = await readPage(query.limit, (limit) =>
    deps.store.listSessionEvents({ ...scope, limit, after }),
  );
  const last = events.at(-1);
  return {
    agent_id: reader.agentId,
    project_id: reader.projectId,
    session_id: query.sessionId,
    count: events.length,
    events: new JsonText(`[${events.map(eventToJson).join(',')}]`),
    ...(hasMore && last !== undefined ? { next_cursor: deps.cursors.write(last, scope) } : {}),
  };
}
