import { ApiError } from '@otas/errors';
import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewErasure } from '../erasures/erasures.store';

/**
 * Deletes the caller's project for good, when `name` is its name: from now on it and all its credentials are refused, and its
 * data is erased from every store.
 *
 * @throws ApiError 400 `project_name_mismatch`; 403 `user_project_mapping_invalid` when it was deleted meanwhile, or the
 *   caller is no longer its Admin.
 */
export async function deleteProject(
  { projects, now }: Pick<Deps, 'projects' | 'now'>,
  principal: MemberPrincipal,
  name: string,
): Promise<NewErasure> {
  const outcome = await projects.delete(changeBy(principal, now()), name, uuidv7());
  if (outcome === 'not_found') throw new ApiError('user_project_mapping_invalid');
  if (outcome === 'name_mismatch') throw new ApiError('project_name_mismatch');
  return outcome;
}
