import type { Answer, ApiClient } from '../http/api-client';

const pageLimit = 500;

/**
 * The timeline of a session, page by page; each has at least one event but for that of an empty session.
 *
 * @throws Refusal, Unreachable
 */
export async function* readTimelinePages(brain: ApiClient, sessionId: string): AsyncGenerator<Answer> {
  let cursor: string | null = null;
  do {
    const page: Answer = await brain.get('/api/v1/agent/session/timeline/', {
      session_id: sessionId,
      limit: String(pageLimit),
      cursor,
    });
    yield page;
    cursor = page.value.next_cursor ?? null;
  } while (cursor !== null);
}
