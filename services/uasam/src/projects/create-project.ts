import type { UserPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { NewProject } from './projects.schemas';
import type { Project } from './projects.store';

/** Creates a project whose Admin is the caller. */
export function createProject(
  deps: Pick<Deps, 'projects' | 'now'>,
  { user }: UserPrincipal,
  project: NewProject,
): Promise<Project> {
  return deps.projects.create(user.id, project, deps.now());
}
