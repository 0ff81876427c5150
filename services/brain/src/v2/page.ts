import { sent, wire } from '@otas/event-schema';
import { firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';

export interface Page {
  /** 1–100; 20 when it was left out. */
  readonly limit: number;
  /** As it was sent; null: the first page. */
  readonly pageKey: string | null;
}

const [limitDefault, limitMax] = [20, 100];

function isLimit(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= limitMax;
}

/** The query of a list under /v2. */
export const pageQuery = z.object({
  limit: z
    .string()
    .refine(isLimit, `must be a whole number from 1 to ${limitMax}`)
    .transform(Number)
    .meta({
      ...sent.asInteger,
      ...{ minimum: 1, maximum: limitMax, description: `At most so many (${limitDefault}).`, examples: [50] },
    })
    .optional(),
  page_key: sent.cursor.meta({ description: '`page_key` of the page before.' }).optional(),
});

/** `limit` and `page_key` of a list. @throws ApiError 400 `invalid_request`. */
export function parsePage(parameters: URLSearchParams): Page {
  const { limit = limitDefault, page_key: pageKey = null } = readFields(pageQuery, firstOfEach(parameters));
  return { limit, pageKey };
}

export const metadata = z
  .object({ page_key: wire.cursor.optional(), total_count: wire.count })
  .meta({ id: 'PageMetadata' });

/** What stands beside a page of a list; without `page_key` it was the last one. */
export function pageMetadata(nextPageKey: string | null, totalCount: number): object {
  return { ...(nextPageKey === null ? {} : { page_key: nextPageKey }), total_count: totalCount };
}
