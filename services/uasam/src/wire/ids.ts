import type { ErrorCode } from '@otas/errors';
import { sent } from '@otas/event-schema';
import { z } from 'zod';
import { isMissing } from './text';

const { pattern, examples } = sent.uuid.meta() ?? {};

/** An id as it was sent, which need not be a UUID: what is none is not found. Null: it was left out (see `isMissing`). */
export const sentId = z
  .unknown()
  .optional()
  .transform((id): unknown => (isMissing(id) ? null : id))
  .meta({ type: ['string', 'null'], pattern, examples });

/** The same, of one that must be there: `fault` is the error of its absence, or what is said of it. */
export function requiredId(fault: ErrorCode | 'is required') {
  return z
    .unknown()
    .refine((id) => !isMissing(id), fault)
    .meta({ type: 'string', pattern, examples });
}
