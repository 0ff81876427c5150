import { ApiError, invalidRequest } from '@otas/errors';
import { parseExactJson } from '@otas/event-schema';
import type { RawBody } from '@otas/http-kit';
import { isMissing, isStorable } from '../wire/text';

export interface SessionListQuery {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: string;
  /** 1–500; null: as many as there are, up to the store's bound. */
  readonly limit: number | null;
  readonly cursor: string | null;
}

const limitMax = 500;

/**
 * The JSON text of a session's `meta`, with every digit of its numbers; `{}` when it is left out or null.
 *
 * @throws ApiError 400 `invalid_json`; 400 `invalid_request` when it holds a text that Postgres cannot hold.
 */
export function parseMeta(raw: RawBody): string {
  // Checked as every body first: JSON, an object, not nested too deep.
  const { meta } = raw.json();
  if (meta === undefined || meta === null) return '{}';
  if (!isStorableJson(meta)) {
    throw invalidRequest([{ field: 'meta', message: 'must not hold U+0000 or half of a surrogate pair' }]);
  }
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
