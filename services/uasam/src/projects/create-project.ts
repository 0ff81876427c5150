import { uuidv7 } from 'uuidv7';
import { authorOf } from '../audit/change';
import type { UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewProject } from './projects.schemas';
import type { Project } from './projects.store';

/** Creates a project whose Admin is the caller. */
export function createProject(
  deps: Pick<Deps, 'projects' | 'now'>,
  principal: UserPrincipal,
  project: NewProject,
): Promise<Project> {
  const change = { projectId: uuidv7(), by: authorOf(principal), at: deps.now() };
  return deps.projects.create(change, principal.user.id, project);
}
