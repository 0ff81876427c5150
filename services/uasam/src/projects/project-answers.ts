import { wire } from '@otas/event-schema';
import { z } from 'zod';
import type { MemberPrincipal } from '../auth/principals';
import { wireTime } from '../wire/answers';
import type { Project, ProjectOfUser } from './projects.store';

const names = {
  id: wire.uuid,
  name: z.string().meta({ examples: ['Shop'] }),
  description: z.string().meta({ examples: ['The shop and its agents'] }),
  domain: z.string().meta({ examples: ['shop.example.com'] }),
};
const privilegeNumber = z.int().meta({ description: '1 = Admin, 2 = Member.', examples: [1] });

export const newProject = z.object(names).meta({ id: 'NewProject' });

export const project = z
  .object({
    ...names,
    created_at: wire.time,
    updated_at: wire.time,
    is_active: z.boolean(),
    retention_days: wire.count
      .nullable()
      .meta({ description: "null: the installation's default; 0: for ever.", examples: [30] }),
    created_by: wire.uuid,
    privilege: privilegeNumber,
  })
  .meta({ id: 'Project' });

export const mapping = z
  .object({
    UserProjectMapping: z.object({
      User: z.object({
        id: wire.uuid,
        first_name: z.string().meta({ examples: ['Ada'] }),
        last_name: z.string().meta({ examples: ['Lovelace'] }),
        email: z.string().meta({ examples: ['ada@example.com'] }),
      }),
      Project: z.object({ project_id: wire.uuid, name: names.name }),
      Privilege: privilegeNumber,
    }),
  })
  .meta({ id: 'UserProjectMapping' });

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
