import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { EventStore } from '@otas/event-store';
import { JsonText } from '@otas/http-kit';
import type { Reader } from '../auth/reader';
import type { CursorCodec } from './cursor';
import { eventToJson } from './event-to-json';
import { readPage } from './read-page';

export interface SessionEventsQuery {
  readonly sessionId: string;
  readonly limit: number;
  readonly cursor: string | null;
}

const limitDefault = 200;
const limitMax = 500;

/**
 * The query string of `session/events`.
 *
 * @throws ApiError 400 with the contract's own texts
 */
export function parseSessionEventsQuery(parameters: URLSearchParams): SessionEventsQuery {
  const sessionId = parseSessionId(parameters);
  return { sessionId, limit: parseLimit(parameters.get('limit')), cursor: parameters.get('cursor') };
}

/** @throws ApiError 400 with the contract's own texts */
export function parseSessionId(parameters: URLSearchParams): string {
  const session = parameters.get('session_id');
  if (session === null || session === '') throw new ApiError('session_id_required');
  const sessionId = parseUuid(session);
  if (sessionId === null) throw new ApiError('session_id_not_a_uuid');
  return sessionId;
}

function parseLimit(text: string | null): number {
  if (text === null || text === '') return limitDefault;
  if (!/^\s*[+-]?\d{1,400}\s*$/.test(text)) throw new ApiError('limit_not_an_integer');
  return Math.min(Math.max(Number(text), 1), limitMax);
}

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
