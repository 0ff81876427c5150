import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Key } from '../keys/key';
import type { KeyOptions } from '../keys/keys.schemas';
import { newKey } from '../keys/new-key';

/** Makes a key for the caller's project; `apiKey` is the whole key, which cannot be had again. */
export async function createSdkKey(
  deps: Pick<Deps, 'sdkKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  options: KeyOptions,
): Promise<{ key: Key; apiKey: string }> {
  const change = changeBy(principal, deps.now());
  const { row, apiKey } = newKey(deps.apiKeys, 'otas', change.at, options);
  await deps.sdkKeys.create(change, row, principal.user.id);
  return { key: row, apiKey };
}
