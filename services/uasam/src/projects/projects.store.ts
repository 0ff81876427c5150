import type { AuditAction } from '../audit/audit-record';
import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { changedFields } from '../audit/changed-fields';
import { privilege } from '../auth/principals';
import type { Database } from '../db/database';
import { type NewErasure, requestErasure } from '../erasures/erasures.store';
import type { NewProject } from './projects.schemas';

export interface Project extends NewProject {
  readonly id: string;
  readonly isActive: boolean;
  /** Id of the user who created it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Days for which events are kept; 0: for ever; null: the installation's default. */
  readonly retentionDays: number | null;
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
      const result = { ...project, ...times, isActive: true, retentionDays: null };
      return { result, entries: [entry] };
    });
  }

  /**
   * The project of the change as it is after it; what stays as it was leaves no trace. Null when there is no such project, or
   * who makes the change is no longer its Admin.
   */
  update(change: ProjectChange, wanted: Partial<NewProject>): Promise<Project | null> {
    return this.#change(change, 'project.updated', wanted);
  }

  /** The same for whether it is active. What an inactive project holds is kept, and neither read nor added to. */
  setActive(change: ProjectChange, isActive: boolean): Promise<Project | null> {
    const action = isActive ? 'project.reactivated' : 'project.deactivated';
    return this.#change(change, action, { isActive });
  }

  /** The same for how long its events are kept; null: as long as the installation's default says. */
  setRetention(change: ProjectChange, retentionDays: number | null): Promise<Project | null> {
    return this.#change(change, 'project.retention_changed', { retentionDays });
  }

  /** The projects that have a retention of their own. */
  async listRetention(): Promise<{ readonly id: string; readonly retentionDays: number }[]> {
    const where = { retentionDays: { not: null } };
    const rows = await this.#database.prisma.project.findMany({
      where,
      select: { id: true, retentionDays: true },
    });
    return rows.map(({ id, retentionDays }) => ({ id, retentionDays: retentionDays ?? 0 }));
  }

  /**
   * Deletes the project of the change when `name` is its name, and requests the erasure of what it held. Members, invitations
   * and SDK keys are gone with it; agents, their keys and sessions, and the project's row without a word in it, are deleted
   * with the erasure, and refused until then. Its audit log stays.
   *
   * @returns the erasure; `not_found` also when who makes the change is no longer its Admin
   */
  delete(
    change: ProjectChange,
    name: string,
    erasureId: string,
  ): Promise<NewErasure | 'not_found' | 'name_mismatch'> {
    const { projectId, at } = change;
    return inAuditedTransaction<NewErasure | 'not_found' | 'name_mismatch'>(
      this.#database,
      change,
      async (transaction) => {
        const project = await findOfAdmin(transaction, change);
        if (project === null) return { result: 'not_found', entries: [] };
        if (project.name !== name) return { result: 'name_mismatch', entries: [] };
        const { description, domain, isActive } = project;
        const where = { projectId };
        const erased = {
          members: (await transaction.projectMember.deleteMany({ where })).count,
          invitations: (await transaction.projectInvitation.deleteMany({ where })).count,
          sdk_keys: (await transaction.sdkKey.deleteMany({ where })).count,
        };
        const data = { name: '', description: '', domain: '', isActive: false, updatedAt: at };
        await transaction.project.update({ where: { id: projectId }, data, select: { id: true } });
        const what = { kind: 'project', projectId, agentId: null, sessionId: null } as const;
        const erasure = { id: erasureId, ...what, requestedAt: at, erased };
        await requestErasure(transaction, erasure);
        const target = { targetKind: 'project', targetId: projectId } as const;
        const before = { name, description, domain, is_active: isActive };
        const after = { erasure_id: erasureId };
        return { result: erasure, entries: [{ action: 'project.deleted', ...target, before, after }] };
      },
    );
  }

  #change(
    change: ProjectChange,
    action: AuditAction,
    wanted: Partial<NewProject & Pick<Project, 'isActive' | 'retentionDays'>>,
  ): Promise<Project | null> {
    const where = { id: change.projectId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const project = await findOfAdmin(transaction, change);
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

/** Looked at under the lock of the project's changes: the caller may have been removed, or the project deleted, meanwhile. */
async function findOfAdmin(
  transaction: Transaction,
  { projectId, by }: ProjectChange,
): Promise<Project | null> {
  if (by.id === null) return null;
  const admin = { userId: by.id, privilege: privilege.admin, isActive: true };
  return transaction.project.findFirst({ where: { id: projectId, members: { some: admin } } });
}
