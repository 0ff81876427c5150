import type { AuditAction } from '../audit/audit-record';
import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { changedFields } from '../audit/changed-fields';
import { privilege } from '../auth/principals';
import type { Database } from '../db/database';
import type { NewProject } from './projects.schemas';

export interface Project extends NewProject {
  readonly id: string;
  readonly isActive: boolean;
  /** Id of the user who created it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ProjectOfUser extends Project {
  /** 1 = Admin, 2 = Member. */
  readonly privilege: number;
}

const projectsMax = 10_000;

export class ProjectsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates the project of the change, and with it the membership that makes `userId` its Admin. */
  create(change: ProjectChange, userId: string, fields: NewProject): Promise<Project> {
    const { name, description, domain } = fields;
    const project = { id: change.projectId, name, description, domain, createdBy: userId };
    const times = { createdAt: change.at, updatedAt: change.at };
    const members = { create: { userId, privilege: privilege.admin, ...times } };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      await transaction.project.create({ data: { ...project, ...times, members }, select: { id: true } });
      const entry = {
        action: 'project.created',
        targetKind: 'project',
        targetId: project.id,
        before: null,
        after: { name, description, domain },
      } as const;
      return { result: { ...project, ...times, isActive: true }, entries: [entry] };
    });
  }

  /** The project of the change as it is after it; what stays as it was leaves no trace. Null when there is no such project. */
  update(change: ProjectChange, wanted: Partial<NewProject>): Promise<Project | null> {
    return this.#change(change, 'project.updated', wanted);
  }

  /** The same for whether it is active. What an inactive project holds is kept, and neither read nor added to. */
  setActive(change: ProjectChange, isActive: boolean): Promise<Project | null> {
    const action = isActive ? 'project.reactivated' : 'project.deactivated';
    return this.#change(change, action, { isActive });
  }

  #change(
    change: ProjectChange,
    action: AuditAction,
    wanted: Partial<NewProject & { isActive: boolean }>,
  ): Promise<Project | null> {
    const where = { id: change.projectId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const project = await transaction.project.findUnique({ where });
      const fields = project === null ? null : changedFields(project, wanted);
      if (fields === null) return { result: project, entries: [] };
      const data = { ...wanted, updatedAt: change.at };
      const result = await transaction.project.update({ where, data });
      const target = { targetKind: 'project', targetId: change.projectId } as const;
      return { result, entries: [{ action, ...target, ...fields }] };
    });
  }

  /** The projects whose active member the user is, the inactive ones included, newest first; 10,000 at most. */
  async listOfUser(userId: string): Promise<ProjectOfUser[]> {
    const rows = await this.#database.prisma.projectMember.findMany({
      where: { userId, isActive: true },
      select: { privilege: true, project: true },
      orderBy: [{ project: { createdAt: 'desc' } }, { projectId: 'desc' }],
      take: projectsMax,
    });
    return rows.map((row) => ({ ...row.project, privilege: row.privilege }));
  }
}
