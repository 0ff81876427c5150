import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';

/**
 * Ends a key of the caller's project and gives its id; one that has ended already stays so.
 *
 * @throws ApiError 404 `sdk_key_not_found`, also for another project's key and for an id that is no UUID.
 */
export async function revokeSdkKey(
  deps: Pick<Deps, 'sdkKeys' | 'now'>,
  principal: MemberPrincipal,
  keyId: unknown,
): Promise<string> {
  const id = parseUuid(keyId);
  if (id === null || !(await deps.sdkKeys.revoke(changeBy(principal, deps.now()), id))) {
    throw new ApiError('sdk_key_not_found');
  }
  return id;
}
