import { parseTime, parseUuid, readBy, sent } from '@otas/event-schema';
import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { pageFields, pageOf } from '../access/access.schemas';
import type { AuditFilter } from './audit.store';
import { auditActions } from './audit-record';
import type { ChainHead } from './verify-chain';

export interface AuditQuery {
  readonly filter: AuditFilter;
  /** 1–100; of a page, not of an export. */
  readonly limit: number;
  readonly cursor: string | null;
  /** Null: the request's `Accept` says which. */
  readonly format: 'json' | 'ndjson' | null;
}

const id = z
  .string()
  .pipe(readBy(parseUuid, 'must be a UUID'))
  .meta({ ...sent.uuid.meta() })
  .optional();
const time = sent.time.transform((text) => parseTime(text) as number).optional();
const auditQuery = z.object({
  action: z.enum(auditActions, 'is not known').optional(),
  principal_id: id,
  target_id: id,
  from: time,
  until: time,
  format: z.enum(['json', 'ndjson'], 'must be json or ndjson').optional(),
  ...pageFields(),
});

/** @throws ApiError 400 `invalid_request`. */
export const parseAuditQuery = checked(auditQuery, (parameters: URLSearchParams): AuditQuery => {
  const query = readFields(auditQuery, firstOfEach(parameters));
  const filter = {
    action: query.action ?? null,
    principalId: query.principal_id ?? null,
    targetId: query.target_id ?? null,
    from: query.from ?? null,
    until: query.until ?? null,
  };
  return { filter, format: query.format ?? null, ...pageOf(query) };
});

const [sequenceFault, hashFault] = ['must be a number from 1 on', 'must be 64 hexadecimal digits'];
const keptHead = z.object({
  sequence: z
    .string(sequenceFault)
    .regex(/^[1-9]\d{0,14}$/, sequenceFault)
    .transform(Number)
    .meta({ ...sent.asInteger, minimum: 1, maximum: 10 ** 15 - 1, examples: [17] }),
  hash: z
    .string(hashFault)
    .regex(/^[0-9a-fA-F]{64}$/, hashFault)
    .toLowerCase()
    .meta({ examples: ['b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c'] }),
});

/** A head that was kept, `sequence` and `hash`; null without both. @throws ApiError 400 `invalid_request`. */
export const parseKeptHead = checked(keptHead.partial(), (parameters: URLSearchParams): ChainHead | null => {
  const isGiven = parameters.has('sequence') || parameters.has('hash');
  return isGiven ? readFields(keptHead, firstOfEach(parameters)) : null;
});
