import { wireTime, wireTimeOrNull } from '../wire/answers';
import type { Key, ListedKey, ReplacedKey } from './key';

/** A key that was just made: the only answer that holds the whole key. */
export function newKeyAnswer(key: Key, apiKey: string): object {
  return {
    id: key.id,
    prefix: key.prefix,
    api_key: apiKey,
    created_at: wireTime(key.createdAt),
    expires_at: wireTime(key.expiresAt),
    active: true,
    name: key.name,
    scopes: key.scopes,
  };
}

/** A key without the secret. */
export function keyAnswer(key: Key, isActive: boolean): object {
  return {
    id: key.id,
    prefix: key.prefix,
    name: key.name,
    created_at: wireTime(key.createdAt),
    expires_at: wireTime(key.expiresAt),
    active: isActive,
    scopes: key.scopes,
  };
}

/** A key as the lists of keys show it, with `active` as of `now`; never when its owner is not. */
export function listedKeyAnswer(key: ListedKey, now: Date, isOwnerActive: boolean): object {
  return {
    ...keyAnswer(key, isOwnerActive && key.revokedAt === null && key.expiresAt > now),
    revoked_at: wireTimeOrNull(key.revokedAt),
    last_used_at: wireTimeOrNull(key.lastUsedAt),
  };
}

export function replacedKeyAnswer({ id, expiresAt }: ReplacedKey, now: Date): object {
  return { id, expires_at: wireTime(expiresAt), active: expiresAt > now };
}
