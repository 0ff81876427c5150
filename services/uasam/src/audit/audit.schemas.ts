import { type FieldError, invalidRequest } from '@otas/errors';
import { type Micros, parseTime, parseUuid } from '@otas/event-schema';
import { parsePageQuery } from '../access/access.schemas';
import { queryFields } from '../wire/query-fields';
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

/** @throws ApiError 400 `invalid_request`. */
export function parseAuditQuery(parameters: URLSearchParams): AuditQuery {
  const errors: FieldError[] = [];
  const read = queryFields(parameters, errors);
  const time = (text: string): Micros | null => parseTime(text);
  const actions: readonly string[] = auditActions;
  const filter = {
    action: read('action', 'is not known', (text) => (actions.includes(text) ? text : null)),
    principalId: read('principal_id', 'must be a UUID', parseUuid),
    targetId: read('target_id', 'must be a UUID', parseUuid),
    from: read('from', 'must be a time', time),
    until: read('until', 'must be a time', time),
  };
  const format = read('format', 'must be json or ndjson', (text) =>
    text === 'json' || text === 'ndjson' ? text : null,
  );
  if (errors.length > 0) throw invalidRequest(errors);
  return { filter, format, ...parsePageQuery(parameters) };
}

/** A head that was kept, `sequence` and `hash`; null without both. @throws ApiError 400 `invalid_request`. */
export function parseKeptHead(parameters: URLSearchParams): ChainHead | null {
  const [sequence, hash] = [parameters.get('sequence'), parameters.get('hash')];
  if (sequence === null && hash === null) return null;
  const errors: FieldError[] = [];
  if (!/^[1-9]\d{0,14}$/.test(sequence ?? '')) {
    errors.push({ field: 'sequence', message: 'must be a number from 1 on' });
  }
  if (!/^[0-9a-f]{64}$/i.test(hash ?? '')) {
    errors.push({ field: 'hash', message: 'must be 64 hexadecimal digits' });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return { sequence: Number(sequence), hash: (hash as string).toLowerCase() };
}
