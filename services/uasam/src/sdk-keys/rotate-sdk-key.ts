import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { KeyRotation } from '../keys/keys.schemas';
import { newSuccessor } from '../keys/new-key';
import type { SdkKeyRotated } from './sdk-keys.store';

/**
 * Gives a live key of the caller's project a successor, with the same name and scopes unless others are given; the old key
 * lives on for the overlap, but not past its own end.
 *
 * @throws ApiError 404 `sdk_key_not_found`, also for a key that has ended and for another project's.
 */
export async function rotateSdkKey(
  deps: Pick<Deps, 'sdkKeys' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  rotation: KeyRotation,
): Promise<SdkKeyRotated & { apiKey: string; at: Date }> {
  const id = parseUuid(rotation.keyId);
  const at = deps.now();
  const { endsAt, successorOf, apiKey } = newSuccessor(deps.apiKeys, 'otas', at, rotation);
  const change = changeBy(principal, at);
  const outcome =
    id === null ? null : await deps.sdkKeys.rotate(change, id, endsAt, successorOf, principal.user.id);
  if (outcome === null) throw new ApiError('sdk_key_not_found');
  return { ...outcome, apiKey, at };
}
