import { parseExactJson, sent, wire } from '@otas/event-schema';
import { checked, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { requiredId, sentId } from '../wire/ids';
import { isStorable } from '../wire/text';

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

const newSession = z.object({
  meta: wire.json.refine(isStorableJson, 'must not hold U+0000 or half of a surrogate pair').optional(),
  session_ref: sent.ref('ase').nullish(),
});

/**
 * The body of a session's creation.
 *
 * @throws ApiError 400 `invalid_json`; 400 `invalid_request` when `meta` holds a text that Postgres cannot hold, or
 *   `session_ref` is no key that a session can be given.
 */
export const parseNewSession = checked(newSession, (raw: RawBody): NewSessionFields => {
  // Checked as every body first: JSON, an object, not nested too deep.
  const { meta, session_ref: ref } = readFields(newSession, raw.json());
  return { meta: metaText(meta, raw), ref: ref ?? null };
});

function metaText(meta: unknown, raw: RawBody): string {
  if (meta === undefined || meta === null) return '{}';
  const exact = parseExactJson(raw.text());
  return exact.textOf((exact.value as { meta: unknown }).meta);
}

const endedSession = z.object({ session_id: sentId });

/** The id of the session to end, as it was sent; null: none was. @throws ApiError 400 `invalid_json`. */
export const parseEndedSession = checked(endedSession, (raw: RawBody): unknown => {
  return readFields(endedSession, raw.json()).session_id;
});

const deletedSession = z.object({ session_id: requiredId('session_id_required') });

/** The id of the session to delete, as it was sent. @throws ApiError 400 `invalid_json`, `session_id is required`. */
export const parseDeletedSession = checked(deletedSession, (raw: RawBody): unknown => {
  return readFields(deletedSession, raw.json()).session_id;
});

const revokedSessions = z
  .object({ session_id: sentId, agent_key_id: sentId })
  .meta({ minProperties: 1, examples: [{ session_id: '019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12' }] })
  .refine(({ session_id: sessionId, agent_key_id: keyId }) => (sessionId === null) !== (keyId === null), {
    path: ['session_id'],
    message: 'is required, or agent_key_id in its place, but not both',
  });

/** @throws ApiError 400 `invalid_json`; 400 `invalid_request` unless there is one of both ids. */
export const parseRevokedSessions = checked(revokedSessions, (raw: RawBody): RevokedSessions => {
  const { session_id: sessionId, agent_key_id: keyId } = readFields(revokedSessions, raw.json());
  return sessionId === null ? { of: 'key', id: keyId } : { of: 'session', id: sessionId };
});

/** No deeper than the nesting that a body may have, so that the recursion is bounded. */
function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isStorableJson);
  return Object.entries(value).every(([key, part]) => isStorable(key) && isStorableJson(part));
}
