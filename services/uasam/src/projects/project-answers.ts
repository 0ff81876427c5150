import type { MemberPrincipal } from '../auth/principals';
import { wireTime } from '../wire/answers';
import type { Project, ProjectOfUser } from './projects.store';

/** A project as the answer to its creation shows it. */
export function newProjectAnswer({ id, name, description, domain }: Project): object {
  return { id, name, description, domain };
}

/** A project as the list shows it. */
export function projectAnswer(project: ProjectOfUser): object {
  return {
    ...newProjectAnswer(project),
    created_at: wireTime(project.createdAt),
    updated_at: wireTime(project.updatedAt),
    is_active: project.isActive,
    retention_days: project.retentionDays,
    created_by: project.createdBy,
    privilege: project.privilege,
  };
}

/** Who is in which project with which privilege, in the original's capitals. */
export function mappingAnswer({ user, project, privilege }: MemberPrincipal): object {
  return {
    UserProjectMapping: {
      User: { id: user.id, first_name: user.firstName, last_name: user.lastName, email: user.email },
      Project: { project_id: project.id, name: project.name },
      Privilege: privilege,
    },
  };
}
