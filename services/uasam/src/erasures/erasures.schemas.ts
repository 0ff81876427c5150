import { ApiError, invalidRequest } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RawBody } from '@otas/http-kit';
import type { ErasedCounts } from './erasures.store';

export interface ErasureReport {
  readonly id: string;
  readonly erased: ErasedCounts;
}

const namesMax = 32;

/** The id in `after`; null: from the first. @throws ApiError 400 `invalid_cursor` */
export function parseAfter(parameters: URLSearchParams): string | null {
  const after = parameters.get('after');
  if (after === null) return null;
  const id = parseUuid(after);
  if (id === null) throw new ApiError('invalid_cursor');
  return id;
}

/** @throws ApiError 400 `invalid_request`, `erased` has at most 32 counts; 400 `invalid_json` */
export function parseErasureReport(raw: RawBody): ErasureReport {
  const { id: text, erased } = raw.json();
  const id = typeof text === 'string' ? parseUuid(text) : null;
  if (id === null) throw invalidRequest([{ field: 'id', message: 'must be a UUID' }]);
  if (!isCounts(erased)) throw invalidRequest([{ field: 'erased', message: 'must be an object of counts' }]);
  return { id, erased };
}

function isCounts(value: unknown): value is ErasedCounts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= namesMax &&
    entries.every(
      ([name, count]) => /^[a-z][a-z_]{0,63}$/.test(name) && Number.isSafeInteger(count) && count >= 0,
    )
  );
}
