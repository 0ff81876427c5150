import type { AuditAction, AuditEntry } from '../audit/audit-record';
import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import type { Database } from '../db/database';
import { wireTime } from '../wire/answers';

export interface Invitation {
  readonly id: string;
  /** In the form in which users' e-mails are kept. */
  readonly email: string;
  /** 1 = Admin, 2 = Member. */
  readonly privilege: number;
  /** Id of the user who invited. */
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface NewInvitationRow extends Invitation {
  /** Finds the token. */
  readonly prefix: string;
  readonly tokenHash: Uint8Array<ArrayBuffer>;
}

const invitationColumns = {
  id: true,
  email: true,
  privilege: true,
  invitedBy: true,
  createdAt: true,
  expiresAt: true,
} as const;

const invitationsMax = 10_000;

/** Invitations that were neither accepted nor revoked; what became of the others is in the audit log. */
export class InvitationsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The invitations of a project that can be accepted at `now`, newest first; 10,000 at most. */
  listOpen(projectId: string, now: Date): Promise<Invitation[]> {
    return this.#database.prisma.projectInvitation.findMany({
      where: { projectId, expiresAt: { gt: now } },
      select: invitationColumns,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: invitationsMax,
    });
  }

  /** Of whatever project: the token itself says which. Null when there is none. */
  async findByPrefix(
    prefix: string,
  ): Promise<(Invitation & { projectId: string; tokenHash: Uint8Array }) | null> {
    const select = { ...invitationColumns, projectId: true, tokenHash: true } as const;
    return this.#database.prisma.projectInvitation.findUnique({ where: { prefix }, select });
  }

  /** Keeps an invitation in place of an earlier one of the same e-mail. False when it is an active member's. */
  create(change: ProjectChange, invitation: NewInvitationRow): Promise<boolean> {
    const { projectId } = change;
    const { email } = invitation;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const members = { projectId, isActive: true, user: { email } };
      if ((await transaction.projectMember.count({ where: members })) > 0)
        return { result: false, entries: [] };
      const where = { projectId, email };
      const [earlier] = await transaction.projectInvitation.findMany({ where, select: invitationColumns });
      await transaction.projectInvitation.deleteMany({ where });
      await transaction.projectInvitation.create({
        data: { ...invitation, projectId },
        select: { id: true },
      });
      const entry = entryOf('invitation.created', invitation);
      return { result: true, entries: earlier ? [entryOf('invitation.revoked', earlier), entry] : [entry] };
    });
  }

  /** False when the project has no such invitation. */
  revoke(change: ProjectChange, id: string): Promise<boolean> {
    const where = { id, projectId: change.projectId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const found = await transaction.projectInvitation.findFirst({ where, select: invitationColumns });
      if (found === null) return { result: false, entries: [] };
      await transaction.projectInvitation.deleteMany({ where });
      return { result: true, entries: [entryOf('invitation.revoked', found)] };
    });
  }

  /**
   * Uses an invitation up and makes the user a member, once more where he was one before. False when it is used up or has
   * expired, the project is inactive, or he is a member already.
   */
  accept(change: ProjectChange, id: string, userId: string): Promise<boolean> {
    const { projectId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const open = { id, expiresAt: { gt: at }, project: { id: projectId, isActive: true } };
      const invitation = await transaction.projectInvitation.findFirst({
        where: open,
        select: invitationColumns,
      });
      const where = { userId_projectId: { userId, projectId } };
      const known = await transaction.projectMember.findUnique({ where, select: { isActive: true } });
      if (invitation === null || known?.isActive) return { result: false, entries: [] };
      const { privilege } = invitation;
      await transaction.projectInvitation.deleteMany({ where: { id, projectId } });
      await transaction.projectMember.upsert({
        where,
        create: { userId, projectId, privilege, createdAt: at, updatedAt: at },
        update: { privilege, isActive: true, updatedAt: at },
        select: { userId: true },
      });
      const target = { targetKind: 'member', targetId: userId } as const;
      const after = { privilege, invitation_id: id };
      return { result: true, entries: [{ action: 'member.joined', ...target, before: null, after }] };
    });
  }
}

function entryOf(action: AuditAction, { id, email, privilege, expiresAt }: Invitation): AuditEntry {
  const fields = { email, privilege, expires_at: wireTime(expiresAt) };
  const [before, after] = action === 'invitation.created' ? [null, fields] : [fields, null];
  return { action, targetKind: 'invitation', targetId: id, before, after };
}
