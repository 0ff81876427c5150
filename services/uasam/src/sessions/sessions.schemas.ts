import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import { parseExactJson } from '@otas/event-schema';
import type { RawBody } from '@otas/http-kit';
import { refFault } from '../wire/refs';
import { isMissing, isStorable } from '../wire/text';

export interface NewSessionFields {
  /** JSON text, with every digit of its numbers; `{}` when it was left out or null. */
  readonly meta: string;
  /** `ase_…`, as it was given; null: the key that is derived from the id. */
  readonly ref: string | null;
}

export interface SessionListQuery {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: string;
  /** 1–500; null: as many as there are, up to the store's bound. */
  readonly limit: number | null;
  readonly cursor: string | null;
}

const limitMax = 500;

/**
 * The body of a session's creation.
 *
 * @throws ApiError 400 `invalid_json`; 400 `invalid_request` when `meta` holds a text that Postgres cannot hold, or
 *   `session_ref` is no key that a session can be given.
 */
export function parseNewSession(raw: RawBody): NewSessionFields {
  // Checked as every body first: JSON, an object, not nested too deep.
  const { meta, session_ref: ref } = raw.json();
  const errors: FieldError[] = [];
  if (!isStorableJson(meta)) {
    errors.push({ field: 'meta', message: 'must not hold U+0000 or half of a surrogate pair' });
  }
  const fault = refFault('ase', ref);
  if (fault !== null) errors.push({ field: 'session_ref', message: fault });
  if (errors.length > 0) throw invalidRequest(errors);
  return { meta: metaText(meta, raw), ref: (ref ?? null) as string | null };
}

function metaText(meta: unknown, raw: RawBody): string {
  if (meta === undefined || meta === null) return '{}';
  const exact = parseExactJson(raw.text());
  return exact.textOf((exact.value as { meta: unknown }).meta);
}

/** @throws ApiError 400 `agent_id_required`, `limit must be an integer`. */
export function parseSessionListQuery(parameters: URLSearchParams): SessionListQuery {
  const agentId = parameters.get('agent_id');
  if (agentId === null || isMissing(agentId)) throw new ApiError('agent_id_required');
  return { agentId, limit: parseLimit(parameters.get('limit')), cursor: parameters.get('cursor') };
}

function parseLimit(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new ApiError('limit_not_an_integer');
  return Math.min(limitMax, Math.max(1, Number(text)));
}

/** No deeper than the nesting that a body may have, so that the recursion is bounded. */
function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isStorableJson);
  return Object.entries(value).every(([key, part]) => isStorable(key) && isStorableJson(part));
}
