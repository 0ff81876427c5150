import { uuidv7 } from 'uuidv7';
import type { ApiKeys } from '../auth/api-keys';
import type { NewAgentKeyRow } from './agent-keys.store';

const lifetimeMs = 30 * 24 * 60 * 60 * 1000;

/** A key that lives 30 days from `createdAt` on, not stored yet; `apiKey` is the whole key, which cannot be had again. */
export function newAgentKey(apiKeys: ApiKeys, createdAt: Date): { row: NewAgentKeyRow; apiKey: string } {
  const { key: apiKey, prefix, hash } = apiKeys.create('agent');
  const expiresAt = new Date(createdAt.getTime() + lifetimeMs);
  return { row: { id: uuidv7(), prefix, name: '', createdAt, expiresAt, keyHash: hash }, apiKey };
}
