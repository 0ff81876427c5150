import { wire } from '@otas/event-schema';
import { z } from 'zod';
import { keyScopes } from '../auth/principals';
import { wireTime, wireTimeOrNull } from '../wire/answers';
import type { Key, ListedKey, ReplacedKey } from './key';

const fields = {
  id: wire.uuid,
  prefix: z.string().meta({ examples: ['Zk3pQ9'] }),
  name: z.string().meta({ examples: ['nightly'] }),
  created_at: wire.time,
  expires_at: wire.time,
  active: z.boolean(),
  scopes: z.array(z.enum(keyScopes)),
};
const secret = 'The whole key, which cannot be had again.';

export const newAgentKey = z
  .object({ ...fields, api_key: z.string().meta({ description: secret, examples: ['agent_Zk3pQ9_…'] }) })
  .meta({ id: 'NewAgentKey' });

export const newSdkKey = z
  .object({
    ...fields,
    api_key: z.string().meta({ description: secret, examples: ['otas_Zk3pQ9_…'] }),
    project_id: wire.uuid,
  })
  .meta({ id: 'NewSdkKey' });

export const key = z.object(fields).meta({ id: 'Key' });

export const listedKey = z
  .object({ ...fields, revoked_at: wire.time.nullable(), last_used_at: wire.time.nullable() })
  .meta({ id: 'ListedKey' });

export const replacedKey = z
  .object({ id: wire.uuid, expires_at: wire.time, active: z.boolean() })
  .meta({ id: 'ReplacedKey' });

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
