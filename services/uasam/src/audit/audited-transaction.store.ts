import type { Database } from '../db/database';
import type { Prisma } from '../db/generated/client';
import { revocationOf } from '../revocations/revocation';
import { writeRevocations } from '../revocations/revocations.store';
import { type AuditEntry, type AuditRecord, hashOf, noHash } from './audit-record';
import type { ProjectChange, UserChange } from './change';

export type Transaction = Prisma.TransactionClient;

/** What a change came to, and what the audit log is told of it: nothing when nothing was changed. */
export interface Audited<Result> {
  readonly result: Result;
  readonly entries: readonly AuditEntry[];
}

/**
 * Runs `work` in a transaction that also holds what the audit log is told of it, and what other services are told that it
 * made invalid: all is kept, or nothing. Every change that is audited goes through here.
 *
 * The lock of the chain is taken before anything else, and a transaction takes that of one chain only. So changes of one
 * project come one after the other, each sees what the one before left, and their numbers have no gap; changes of two
 * projects do not wait for each other, and none for the other's rows. Those of this process wait before they take a
 * connection, so that many changes of one project leave the others theirs.
 *
 * @throws ApiError 503 `database_unavailable` when the changes before take too long.
 */
export function inAuditedTransaction<Result>(
  database: Database,
  change: ProjectChange | UserChange,
  work: (transaction: Transaction) => Promise<Audited<Result>>,
): Promise<Result> {
  const chainId = change.projectId ?? change.userId;
  const transact = async (transaction: Transaction): Promise<Result> => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`audit ${chainId}`}, 0))`;
    const { result, entries } = await work(transaction);
    if (entries.length > 0) await append(transaction, chainId, change, entries);
    const revocations = entries.map(revocationOf).filter((one) => one !== null);
    if (revocations.length > 0) await writeRevocations(transaction, revocations);
    return result;
  };
  return database.turns.run(chainId, () => database.prisma.$transaction(transact));
}

async function append(
  transaction: Transaction,
  chainId: string,
  { projectId, by, at }: ProjectChange | UserChange,
  entries: readonly AuditEntry[],
): Promise<void> {
  const [head] = await transaction.$queryRaw<{ sequence: number; hash: string }[]>`
    SELECT sequence::float8 AS sequence, encode(hash, 'hex') AS hash
      FROM audit_log WHERE chain_id = ${chainId}::uuid ORDER BY sequence DESC LIMIT 1`;
  let { sequence, hash } = head ?? { sequence: 0, hash: noHash };
  for (const { action, targetKind, targetId, before, after } of entries) {
    const record = {
      ...{ chainId, projectId, action, targetKind, targetId },
      sequence: ++sequence,
      createdAt: at.getTime() * 1000,
      principalKind: by.kind,
      principalId: by.id,
      address: by.address,
      requestId: by.requestId,
      before: before === null ? null : JSON.stringify(before),
      after: after === null ? null : JSON.stringify(after),
      previousHash: hash,
    };
    hash = hashOf(record);
    await insert(transaction, { ...record, hash }, at);
  }
}

async function insert(transaction: Transaction, record: AuditRecord, at: Date): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO audit_log (chain_id, sequence, project_id, created_at, action, principal_kind, principal_id, address,
                           request_id, target_kind, target_id, before, after, previous_hash, hash)
    VALUES (${record.chainId}::uuid, ${record.sequence}::bigint, ${record.projectId}::uuid,
            ${at.toISOString()}::timestamptz, ${record.action}, ${record.principalKind}, ${record.principalId}::uuid,
            ${record.address}, ${record.requestId}, ${record.targetKind}, ${record.targetId}::uuid,
            ${record.before}::json, ${record.after}::json, decode(${record.previousHash}, 'hex'),
            decode(${record.hash}, 'hex'))`;
}
