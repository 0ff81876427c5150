import { uuidv7 } from 'uuidv7';
import type { ApiKeyKind, ApiKeys } from '../auth/api-keys';
import { keyScopes } from '../auth/principals';
import type { Key, NewKeyRow } from './key';
import type { KeyOptions, KeyRotation } from './keys.schemas';

const dayMs = 24 * 60 * 60 * 1000;
const validityDaysDefault = 30;

/**
 * A key that is not stored yet: without a name, with all scopes and valid for 30 days from `createdAt` on, unless the options
 * say otherwise. `apiKey` is the whole key, which cannot be had again.
 */
export function newKey(
  apiKeys: ApiKeys,
  kind: ApiKeyKind,
  createdAt: Date,
  { name, scopes, validityDays }: KeyOptions,
): { row: NewKeyRow; apiKey: string } {
  const { key: apiKey, prefix, hash: keyHash } = apiKeys.create(kind);
  const expiresAt = new Date(createdAt.getTime() + (validityDays ?? validityDaysDefault) * dayMs);
  const fields = { name: name ?? '', scopes: scopes ?? keyScopes };
  return { row: { id: uuidv7(), prefix, ...fields, createdAt, expiresAt, keyHash }, apiKey };
}

/** The same for a key that takes the place of another, from `at` on; what the options leave out is as the old one has it. */
export function newSuccessor(
  apiKeys: ApiKeys,
  kind: ApiKeyKind,
  at: Date,
  { options, overlapSeconds }: KeyRotation,
): { endsAt: Date; successorOf: (old: Key) => NewKeyRow; apiKey: string } {
  const { row, apiKey } = newKey(apiKeys, kind, at, options);
  const successorOf = (old: Key) => ({
    ...row,
    name: options.name ?? old.name,
    scopes: options.scopes ?? old.scopes,
  });
  return { endsAt: new Date(at.getTime() + overlapSeconds * 1000), successorOf, apiKey };
}
