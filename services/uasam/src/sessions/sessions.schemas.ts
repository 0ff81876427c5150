import { type FieldError, invalidRequest } from '@otas/errors';
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

/** Which sessions are revoked: one by its id, or all of a key by the key's. */
export interface RevokedSessions {
  readonly of: 'session' | 'key';
  /** As it was sent; it need not be a UUID. */
  readonly id: unknown;
}

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

/** The id of the session to end or to delete, as it was sent; null: none was. @throws ApiError 400 `invalid_json`. */
export function parseEndedSession(raw: RawBody): unknown {
  const { session_id: id } = raw.json();
  return isMissing(id) ? null : id;
}

/** @throws ApiError 400 `invalid_json`; 400 `invalid_request` unless there is one of both ids. */
export function parseRevokedSessions(raw: RawBody): RevokedSessions {
  const { session_id: sessionId, agent_key_id: keyId } = raw.json();
  if (isMissing(sessionId) === isMissing(keyId)) {
    const message = 'is required, or agent_key_id in its place, but not both';
    throw invalidRequest([{ field: 'session_id', message }]);
  }
  return isMissing(sessionId) ? { of: 'key', id: keyId } : { of: 'session', id: sessionId };
}

/** No deeper than the nesting that a body may have, so that the recursion is bounded. */
function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isStorableJson);
  return Object.entries(value).every(([key, part]) => isStorable(key) && isStorableJson(part));
}
