import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewErasure } from '../erasures/erasures.store';

/**
 * Deletes a session of the caller's project for good, whether it goes on or is over, with all that was recorded of it.
 *
 * @param sessionId as it was sent; it need not be a UUID
 * @throws ApiError 404 `session_not_found`, also for another project's session.
 */
export async function deleteSession(
  { sessionEnds, now }: Pick<Deps, 'sessionEnds' | 'now'>,
  principal: MemberPrincipal,
  sessionId: unknown,
): Promise<NewErasure> {
  const id = parseUuid(sessionId);
  const erasure = id === null ? null : await sessionEnds.delete(changeBy(principal, now()), id, uuidv7());
  if (erasure === null) throw new ApiError('session_not_found');
  return erasure;
}
