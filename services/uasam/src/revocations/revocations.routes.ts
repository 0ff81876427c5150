import { ApiError } from '@otas/errors';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { readFeedCursor, writeFeedCursor } from './revocation-cursors';
import type { FeedCursor, RevocationPage } from './revocations.store';

const pageMax = 1000;

/** What other services follow, so that they forget what they remember of it. */
export function revocationEndpoints({ revocations, serviceTokens }: Deps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/internal/v1/revocations/',
      authenticate: serviceTokens.service,
      query: parseAfter,
      status: 200,
      description: 'revocations_listed',
      handle: async ({ query: after }) => {
        if (after !== null) return { response: answerOf(await revocations.list(after, pageMax)) };
        const next = await revocations.findPresent();
        return { response: answerOf({ next, isReset: false, hasMore: false, revocations: [] }) };
      },
    }),
  ];
}

/** Null: only the present cursor is asked for. @throws ApiError 400 `invalid_cursor`. */
function parseAfter(parameters: URLSearchParams): FeedCursor | null {
  const after = parameters.get('after');
  if (after === null) return null;
  const cursor = readFeedCursor(after);
  if (cursor === null) throw new ApiError('invalid_cursor');
  return cursor;
}

function answerOf({ next, isReset, hasMore, revocations }: RevocationPage): object {
  return { cursor: writeFeedCursor(next), is_reset: isReset, has_more: hasMore, revocations };
}
