import { invalidRequest } from '@otas/errors';

export interface Page {
  /** 1–100; 20 when it was left out. */
  readonly limit: number;
  /** As it was sent; null: the first page. */
  readonly pageKey: string | null;
}

const [limitDefault, limitMax] = [20, 100];

/** `limit` and `page_key` of a list. @throws ApiError 400 `invalid_request`. */
export function parsePage(parameters: URLSearchParams): Page {
  const text = parameters.get('limit') ?? String(limitDefault);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > limitMax) {
    throw invalidRequest([{ field: 'limit', message: `must be a whole number from 1 to ${limitMax}` }]);
  }
  return { limit, pageKey: parameters.get('page_key') };
}

/** What stands beside a page of a list; without `page_key` it was the last one. */
export function pageMetadata(nextPageKey: string | null, totalCount: number): object {
  return { ...(nextPageKey === null ? {} : { page_key: nextPageKey }), total_count: totalCount };
}
