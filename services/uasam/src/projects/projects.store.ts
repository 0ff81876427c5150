import { uuidv7 } from 'uuidv7';
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

  /** Creates a project, and with it the membership that makes `userId` its Admin. */
  async create(userId: string, { name, description, domain }: NewProject, at: Date): Promise<Project> {
    const project = { id: uuidv7(), name, description, domain, createdBy: userId };
    const times = { createdAt: at, updatedAt: at };
    const members = { create: { userId, privilege: privilege.admin, ...times } };
    await this.#database.prisma.project.create({
      data: { ...project, ...times, members },
      select: { id: true },
    });
    return { ...project, ...times, isActive: true };
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
