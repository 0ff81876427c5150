import { readBy, wire } from '@otas/event-schema';
import { checked, endpoint, firstOfEach, type MountedEndpoint, readFields } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { revocationKinds } from './revocation';
import { readFeedCursor, writeFeedCursor } from './revocation-cursors';
import type { FeedCursor, RevocationPage } from './revocations.store';

const pageMax = 1000;

const place = z.object({
  after: z
    .string()
    .pipe(readBy(readFeedCursor, 'invalid_cursor'))
    .meta({ description: 'The `cursor` of the answer before.', examples: ['1048.1050.17'] })
    .optional(),
});

/** Null: only the present cursor is asked for. @throws ApiError 400 `invalid_cursor`. */
const parseAfter = checked(place, (parameters: URLSearchParams): FeedCursor | null => {
  return readFields(place, firstOfEach(parameters)).after ?? null;
});

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
      about: {
        name: 'listRevocations',
        tag: 'Feeds',
        summary: 'Lists what is no longer valid, or gives the present place in that list',
        details:
          'Items may come more than once and none is left out. After `is_reset` everything that was remembered is to be forgotten.',
        answer: z.object({
          response: z.object({
            cursor: z.string().meta({ examples: ['1048.1050.17'] }),
            is_reset: z.boolean(),
            has_more: z.boolean(),
            revocations: z.array(z.object({ kind: z.enum(revocationKinds), id: wire.uuid, at: wire.time })),
          }),
        }),
        errors: ['invalid_cursor', 'database_unavailable'],
      },
    }),
  ];
}

function answerOf({ next, isReset, hasMore, revocations }: RevocationPage): object {
  return { cursor: writeFeedCursor(next), is_reset: isReset, has_more: hasMore, revocations };
}
