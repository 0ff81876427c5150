import { createHash } from 'node:crypto';
import { formatTime, type Micros } from '@otas/event-schema';

/** What can be done to what is audited. The creation of a session is not: it is the agents' hot path, and a row itself. */
export const auditActions = [
  'user.created',
  'user.profile_updated',
  'user.password_changed',
  'user.logged_out_everywhere',
  'project.created',
  'project.updated',
  'project.deactivated',
  'project.reactivated',
  'project.retention_changed',
  'project.deleted',
  'project.erased',
  'invitation.created',
  'invitation.revoked',
  'member.joined',
  'member.privilege_changed',
  'member.removed',
  'sdk_key.created',
  'sdk_key.rotated',
  'sdk_key.revoked',
  'agent.created',
  'agent.updated',
  'agent.deactivated',
  'agent.reactivated',
  'agent.deleted',
  'agent.erased',
  'agent_key.created',
  'agent_key.rotated',
  'agent_key.revoked',
  'agent_key.sessions_revoked',
  'session.ended',
  'session.revoked',
  'session.deleted',
  'session.erased',
  'user.imported',
  'project.imported',
  'member.imported',
  'sdk_key.imported',
  'agent.imported',
  'agent_key.imported',
] as const;

export type AuditAction = (typeof auditActions)[number];

export type TargetKind =
  | 'user'
  | 'project'
  | 'invitation'
  | 'member'
  | 'sdk_key'
  | 'agent'
  | 'agent_key'
  | 'session';

/** One change, as whoever makes it tells it. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly targetKind: TargetKind;
  /** A UUID; a member's is the user's. */
  readonly targetId: string;
  /** The fields that changed as they were; null for what was not there. Never a key, a password or a hash of one. */
  readonly before: object | null;
  /** The same fields as they are now; null for what is no longer there. */
  readonly after: object | null;
}

/** One row of the audit log. */
export interface AuditRecord {
  /** The project's id, or for what belongs to no project the user's. */
  readonly chainId: string;
  /** 1, 2, 3, … in the chain. */
  readonly sequence: number;
  readonly projectId: string | null;
  readonly createdAt: Micros;
  readonly action: string;
  readonly principalKind: string;
  readonly principalId: string | null;
  readonly address: string;
  readonly requestId: string;
  readonly targetKind: string;
  readonly targetId: string;
  /** JSON text, as it was written. */
  readonly before: string | null;
  readonly after: string | null;
  /** 64 hexadecimal digits, as is `hash`. */
  readonly previousHash: string;
  readonly hash: string;
}

/** What stands for the row before a chain's first. */
export const noHash = '0'.repeat(64);

/**
 * SHA-256 in hexadecimal digits over a row and, through `previousHash`, over all rows before it. The form that is hashed is
 * the JSON of one array of texts and nulls: no two rows have the same.
 */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const canonical = JSON.stringify([
    record.previousHash,
    record.chainId,
    String(record.sequence),
    record.projectId,
    formatTime(record.createdAt),
    record.action,
    record.principalKind,
    record.principalId,
    record.address,
    record.requestId,
    record.targetKind,
    record.targetId,
    record.before,
    record.after,
  ]);
  return createHash('sha256').update(canonical).digest('hex');
}
