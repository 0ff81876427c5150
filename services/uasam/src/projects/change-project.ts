import { ApiError } from '@otas/errors';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewProject } from './projects.schemas';
import type { ProjectOfUser } from './projects.store';

type ChangeDeps = Pick<Deps, 'projects' | 'now'>;

/** Changes fields of the caller's project; those that are left out stay. */
export async function updateProject(
  deps: ChangeDeps,
  principal: MemberPrincipal,
  fields: Partial<NewProject>,
): Promise<ProjectOfUser> {
  return ofUser(principal, await deps.projects.update(changeBy(principal, deps.now()), fields));
}

/**
 * Switches the caller's project off or on. While it is off its keys, sessions and members are refused; only an Admin may
 * switch it on again, and read its audit log.
 */
export async function setProjectActive(
  deps: ChangeDeps,
  principal: MemberPrincipal,
  isActive: boolean,
): Promise<ProjectOfUser> {
  return ofUser(principal, await deps.projects.setActive(changeBy(principal, deps.now()), isActive));
}

/** Changes for how many days the events of the caller's project are kept: 0 is for ever, null the installation's default. */
export async function setRetention(
  deps: ChangeDeps,
  principal: MemberPrincipal,
  days: number | null,
): Promise<ProjectOfUser> {
  return ofUser(principal, await deps.projects.setRetention(changeBy(principal, deps.now()), days));
}

function ofUser(
  { privilege }: MemberPrincipal,
  project: Omit<ProjectOfUser, 'privilege'> | null,
): ProjectOfUser {
  if (project === null) throw new ApiError('user_project_mapping_invalid');
  return { ...project, privilege };
}
