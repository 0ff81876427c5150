import { parseUuid, readBy, sent } from '@otas/event-schema';
import { checked, firstOfEach, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import type { ErasedCounts } from './erasures.store';

export interface ErasureReport {
  readonly id: string;
  readonly erased: ErasedCounts;
}

const namesMax = 32;
const name = /^[a-z][a-z_]{0,63}$/;

const place = z.object({
  after: z
    .string()
    .pipe(readBy(parseUuid, 'invalid_cursor'))
    .meta({ ...sent.uuid.meta() })
    .optional(),
});

/** The id in `after`; null: from the first. @throws ApiError 400 `invalid_cursor` */
export const parseAfter = checked(place, (parameters: URLSearchParams): string | null => {
  return readFields(place, firstOfEach(parameters)).after ?? null;
});

const report = z.object({
  id: z
    .string('must be a UUID')
    .pipe(readBy(parseUuid, 'must be a UUID'))
    .meta({ ...sent.uuid.meta() }),
  erased: z
    .unknown()
    .refine(isCounts, 'must be an object of counts')
    .transform((value) => value as ErasedCounts)
    .meta({
      type: 'object',
      propertyNames: { pattern: name.source },
      ...{ additionalProperties: { type: 'integer', minimum: 0 }, maxProperties: namesMax },
      examples: [{ backend_events: 1200 }],
    }),
});

/** @throws ApiError 400 `invalid_request`, `erased` has at most 32 counts; 400 `invalid_json` */
export const parseErasureReport = checked(report, (raw: RawBody): ErasureReport => {
  return readFields(report, raw.json());
});

function isCounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= namesMax &&
    entries.every(([key, count]) => name.test(key) && Number.isSafeInteger(count) && count >= 0)
  );
}
