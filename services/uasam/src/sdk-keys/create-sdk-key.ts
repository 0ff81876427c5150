import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewSdkKey } from './sdk-keys.schemas';
import type { SdkKey } from './sdk-keys.store';

const dayMs = 24 * 60 * 60 * 1000;

/** Makes a key for the caller's project; `apiKey` is the whole key, which cannot be had again. */
export async function createSdkKey(
  deps: Pick<Deps, 'sdkKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  { validityDays, name }: NewSdkKey,
): Promise<{ key: SdkKey; apiKey: string }> {
  const { key: apiKey, prefix, hash } = deps.apiKeys.create('otas');
  const createdAt = deps.now();
  const change = changeBy(principal, createdAt);
  const expiresAt = new Date(createdAt.getTime() + validityDays * dayMs);
  const key = { id: uuidv7(), prefix, name, createdAt, expiresAt, revokedAt: null };
  await deps.sdkKeys.create(change, { ...key, keyHash: hash, createdBy: principal.user.id });
  return { key, apiKey };
}
