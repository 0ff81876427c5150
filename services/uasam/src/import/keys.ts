import { formatTime } from '@otas/event-schema';
import type { OriginalRow } from '@otas/original';
import { parsePbkdf2 } from '../auth/pbkdf2';
import { idOf, isActive, timeOf, timeOrNull } from './fields';
import { ofProject } from './records';
import { agentKeyThere, agentThere, type NewRow, sessionNotErased, type Target } from './target';

const dayMicros = 24 * 60 * 60 * 1_000_000;
const [agentKeyDays, sdkKeyDays] = [30, 300];

const keyColumns = {
  ...{ id: 'uuid', prefix: 'text', key_hash: 'text', name: 'text' },
  ...{ created_at: 'timestamptz', expires_at: 'timestamptz', revoked_at: 'timestamptz' },
};
const keyHash = { key_hash: "convert_to(r.key_hash, 'UTF8')" };
const told = ['prefix', 'name', 'expires_at', 'revoked_at'];
const prefixTaken = 'another key has its prefix';

export const sdkKeys: Target<'backend_api_keys'> = {
  ...{ from: 'backend_api_keys', into: 'sdk_keys', key: ['id'], ...ofProject, conflict: prefixTaken },
  columns: { ...keyColumns, project_id: 'uuid', created_by: 'uuid' },
  expressions: { ...ofProject.expressions, ...keyHash },
  audit: { action: 'sdk_key.imported', targetKind: 'sdk_key', targetId: 'id', after: told },
  convert(row, at) {
    const { key, note } = keyOf(row, sdkKeyDays, at);
    const createdBy = row.created_by === null ? null : idOf(row.created_by, 'created_by');
    return { row: { ...key, project_id: idOf(row.project_id, 'project_id'), created_by: createdBy }, note };
  },
};

export const agentKeys: Target<'agent_key'> = {
  ...{ from: 'agent_key', into: 'agent_keys', key: ['id'], chain: 'agent', conflict: prefixTaken },
  columns: { ...keyColumns, agent_id: 'uuid' },
  expressions: keyHash,
  isSame: ofProject.isSame,
  needs: [agentThere],
  audit: {
    action: 'agent_key.imported',
    targetKind: 'agent_key',
    targetId: 'id',
    after: ['agent_id', ...told],
  },
  convert(row, at) {
    const { key, note } = keyOf(row, agentKeyDays, at);
    return { row: { ...key, agent_id: idOf(row.agent_id, 'agent_id') }, note };
  },
};

export const sessions: Target<'agent_session'> = {
  ...{ from: 'agent_session', into: 'agent_sessions', key: ['id'], chain: 'agent', audit: null },
  columns: {
    ...{ id: 'uuid', agent_id: 'uuid', agent_key_id: 'uuid', created_at: 'timestamptz' },
    ...{ meta: 'text', meta_bytes: 'int' },
  },
  expressions: { meta: 'r.meta::json' },
  isSame: ofProject.isSame,
  needs: [sessionNotErased, agentThere, agentKeyThere],
  conflict: 'it is there',
  convert(row) {
    const meta = row.meta === null || row.meta === 'null' ? '{}' : row.meta;
    return {
      row: {
        id: idOf(row.id, 'id'),
        agent_id: idOf(row.agent_id, 'agent_id'),
        agent_key_id: idOf(row.agent_key_id, 'agent_key_id'),
        created_at: formatTime(timeOf(row.created_at, 'created_at')),
        meta,
        meta_bytes: Buffer.byteLength(meta),
      },
      note: null,
    };
  },
};

/**
 * What both kinds of key have. One that does not say when it ends ends `days` after its creation; one that is not active and
 * does not say since when was revoked when it was last changed.
 */
function keyOf(
  row: OriginalRow<'agent_key'> | OriginalRow<'backend_api_keys'>,
  days: number,
  at: Date,
): { readonly key: NewRow; readonly note: string | null } {
  const createdAt = timeOf(row.created_at, 'created_at');
  const expiresAt = timeOrNull(row.expires_at, 'expires_at') ?? createdAt + days * dayMicros;
  const endedAt = timeOrNull(row.updated_at, 'updated_at') ?? at.getTime() * 1000;
  const revokedAt = timeOrNull(row.revoked_at, 'revoked_at') ?? (isActive(row.active) ? null : endedAt);
  const key = {
    id: idOf(row.id, 'id'),
    prefix: row.prefix ?? '',
    key_hash: row.key_hash ?? '',
    name: row.name ?? '',
    created_at: formatTime(createdAt),
    expires_at: formatTime(expiresAt),
    revoked_at: revokedAt === null ? null : formatTime(revokedAt),
  };
  return { key, note: noteOf(key) };
}

function noteOf({
  prefix,
  key_hash: hash,
}: {
  readonly prefix: string;
  readonly key_hash: string;
}): string | null {
  if (parsePbkdf2(hash) === null) return 'the hash of the key is in another form: it will not work';
  const isUsable = /^[A-Za-z0-9_-]{1,64}$/.test(prefix);
  return isUsable ? null : 'the prefix of the key is none that a key can have: it will not work';
}
