import type { Key } from '../keys/key';
import { wireTime } from '../wire/answers';
import type { AuditEntry } from './audit-record';

type KeyKind = 'agent_key' | 'sdk_key';

/** What the audit log is told of a new key; of `agent_key`, also whose it is. */
export function newKeyEntry(kind: KeyKind, key: Key, agentId?: string): AuditEntry {
  const { id, prefix, name, scopes, expiresAt } = key;
  const after = { agent_id: agentId, prefix, name, scopes, expires_at: wireTime(expiresAt) };
  return { action: `${kind}.created`, targetKind: kind, targetId: id, before: null, after };
}

/** What the audit log is told of a key that ends at `at`. */
export function endedKeyEntry(
  kind: KeyKind,
  { id, prefix }: Pick<Key, 'id' | 'prefix'>,
  at: Date,
): AuditEntry {
  const before = { prefix, revoked_at: null };
  const after = { prefix, revoked_at: wireTime(at) };
  return { action: `${kind}.revoked`, targetKind: kind, targetId: id, before, after };
}

/** What the audit log is told of a key that has a successor and ends at `endsAt`; `old` is as it was. */
export function rotatedKeyEntry(
  kind: KeyKind,
  old: Pick<Key, 'id' | 'prefix' | 'expiresAt'>,
  endsAt: Date,
  successorId: string,
): AuditEntry {
  const { id, prefix, expiresAt } = old;
  const before = { prefix, expires_at: wireTime(expiresAt), successor_id: null };
  const after = { prefix, expires_at: wireTime(endsAt), successor_id: successorId };
  return { action: `${kind}.rotated`, targetKind: kind, targetId: id, before, after };
}
