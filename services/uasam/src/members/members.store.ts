import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { privilege } from '../auth/principals';
import type { Database } from '../db/database';

export interface Member {
  readonly userId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** 1 = Admin, 2 = Member. */
  readonly privilege: number;
  /** When he first became a member. */
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** `done`, or the error's code. */
export type MemberOutcome = 'done' | 'forbidden' | 'member_not_found' | 'last_admin';

const membersMax = 10_000;

/**
 * Members of a project. What changes one looks, under the lock that all changes of the project take, whether an Admin is
 * left, and whether who makes the change still may: two Admins who demote or remove each other do not both succeed.
 */
export class MembersStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The active members, the longest-standing first; 10,000 at most. */
  async list(projectId: string): Promise<Member[]> {
    const rows = await this.#database.prisma.projectMember.findMany({
      where: { projectId, isActive: true },
      select: {
        ...{ userId: true, privilege: true, createdAt: true, updatedAt: true },
        user: { select: { firstName: true, lastName: true, email: true } },
      },
      orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
      take: membersMax,
    });
    return rows.map(({ user, ...member }) => ({ ...member, ...user }));
  }

  /** By an Admin. What is so already is `done`, and leaves no trace. */
  setPrivilege(change: ProjectChange, userId: string, wanted: number): Promise<MemberOutcome> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const { author, member, hasOtherAdmin } = await look(transaction, change, userId);
      if (author !== privilege.admin) return refused('forbidden');
      if (member === null) return refused('member_not_found');
      if (member === wanted) return refused('done');
      if (member === privilege.admin && !hasOtherAdmin) return refused('last_admin');
      const where = { userId_projectId: { userId, projectId } };
      const data = { privilege: wanted, updatedAt: at };
      await transaction.projectMember.update({ where, data, select: { userId: true } });
      const target = { targetKind: 'member', targetId: userId } as const;
      const states = { before: { privilege: member }, after: { privilege: wanted } };
      return { result: 'done', entries: [{ action: 'member.privilege_changed', ...target, ...states }] };
    });
  }

  /** By an Admin, or by the member himself. */
  remove(change: ProjectChange, userId: string): Promise<MemberOutcome> {
    const { projectId, at, by } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const { author, member, hasOtherAdmin } = await look(transaction, change, userId);
      if (author === null || (author !== privilege.admin && userId !== by.id)) return refused('forbidden');
      if (member === null) return refused('member_not_found');
      if (member === privilege.admin && !hasOtherAdmin) return refused('last_admin');
      const where = { userId_projectId: { userId, projectId } };
      const data = { isActive: false, updatedAt: at };
      await transaction.projectMember.update({ where, data, select: { userId: true } });
      const target = { targetKind: 'member', targetId: userId } as const;
      const states = { before: { privilege: member }, after: null };
      return { result: 'done', entries: [{ action: 'member.removed', ...target, ...states }] };
    });
  }
}

function refused(result: MemberOutcome) {
  return { result, entries: [] };
}

/** Present privileges of who makes a change and of whom it is about (null: no active member), and whether another has 1. */
async function look(transaction: Transaction, { projectId, by }: ProjectChange, userId: string) {
  const active = { projectId, isActive: true };
  const ids = [userId, ...(by.id === null ? [] : [by.id])];
  const select = { userId: true, privilege: true };
  const rows = await transaction.projectMember.findMany({
    where: { ...active, userId: { in: ids } },
    select,
  });
  const others = { ...active, privilege: privilege.admin, userId: { not: userId } };
  const find = (id: string | null) => rows.find((row) => row.userId === id)?.privilege ?? null;
  const hasOtherAdmin = (await transaction.projectMember.count({ where: others })) > 0;
  return { author: find(by.id), member: find(userId), hasOtherAdmin };
}
