import { wireTime } from '../wire/answers';
import type { AuditEntry } from './audit-record';

interface NewKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly expiresAt: Date;
}

/** What the audit log is told of a new key; of `agent_key`, also whose it is. */
export function newKeyEntry(kind: 'agent_key' | 'sdk_key', key: NewKey, agentId?: string): AuditEntry {
  const { id, prefix, name, expiresAt } = key;
  const after = { agent_id: agentId, prefix, name, expires_at: wireTime(expiresAt) };
  return { action: `${kind}.created`, targetKind: kind, targetId: id, before: null, after };
}

/** What the audit log is told of a key that ends at `at`. */
export function endedKeyEntry(
  kind: 'agent_key' | 'sdk_key',
  { id, prefix }: Pick<NewKey, 'id' | 'prefix'>,
  at: Date,
): AuditEntry {
  const before = { prefix, revoked_at: null };
  const after = { prefix, revoked_at: wireTime(at) };
  return { action: `${kind}.revoked`, targetKind: kind, targetId: id, before, after };
}
