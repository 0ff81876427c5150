import type { AuditEntry } from '../audit/audit-record';

/** What stopped being valid. A member is one of some project of the user's; its id is the user's. */
export const revocationKinds = [
  'session',
  'agent_key',
  'sdk_key',
  'agent',
  'project',
  'user',
  'member',
] as const;

export type RevocationKind = (typeof revocationKinds)[number];

export interface Revocation {
  readonly kind: RevocationKind;
  /** A UUID. */
  readonly id: string;
}

/** The changes after which less is valid than before, each with what it is about. */
const revokingActions: Readonly<Record<string, RevocationKind>> = {
  'user.password_changed': 'user',
  'user.logged_out_everywhere': 'user',
  'member.privilege_changed': 'member',
  'member.removed': 'member',
  'project.deactivated': 'project',
  'project.deleted': 'project',
  'sdk_key.revoked': 'sdk_key',
  'sdk_key.rotated': 'sdk_key',
  'agent.deactivated': 'agent',
  'agent.deleted': 'agent',
  'agent_key.revoked': 'agent_key',
  'agent_key.rotated': 'agent_key',
  'agent_key.sessions_revoked': 'agent_key',
  'session.ended': 'session',
  'session.revoked': 'session',
  'session.deleted': 'session',
};

/** What a change that the audit log is told of makes invalid; null: nothing. */
export function revocationOf({ action, targetId }: AuditEntry): Revocation | null {
  const kind = revokingActions[action];
  return kind === undefined ? null : { kind, id: targetId };
}
