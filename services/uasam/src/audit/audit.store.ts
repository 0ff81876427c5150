import { formatTime, type Micros } from '@otas/event-schema';
import type { Database, Statement } from '../db/database';
import { Prisma } from '../db/generated/client';
import type { AuditRecord } from './audit-record';

/** Which rows of a project's log are wanted; null is whatever it is. */
export interface AuditFilter {
  readonly action: string | null;
  readonly principalId: string | null;
  readonly targetId: string | null;
  /** Inclusive. */
  readonly from: Micros | null;
  /** Exclusive. */
  readonly until: Micros | null;
}

type AuditRow = Omit<AuditRecord, 'createdAt'> & { readonly createdMicros: string };

const columns = `
    chain_id AS "chainId", sequence::float8 AS sequence, project_id AS "projectId",
    (extract(epoch FROM created_at) * 1000000)::bigint::text AS "createdMicros", action,
    principal_kind AS "principalKind", principal_id AS "principalId", address, request_id AS "requestId",
    target_kind AS "targetKind", target_id AS "targetId", before::text AS before, after::text AS after,
    encode(previous_hash, 'hex') AS "previousHash", encode(hash, 'hex') AS hash`;

const selectChain: Statement = {
  name: 'select_audit_chain',
  text: `
    SELECT ${columns} FROM audit_log
     WHERE chain_id = $1::uuid AND sequence > $2::bigint
     ORDER BY sequence LIMIT $3`,
};

const selectChainIds: Statement = {
  name: 'select_audit_chain_ids',
  text: `
    SELECT DISTINCT chain_id AS "chainId" FROM audit_log
     WHERE chain_id > $1::uuid ORDER BY chain_id LIMIT $2`,
};

/** Reads of the audit log; it is written by `inAuditedTransaction`. */
export class AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest rows of a project that the filter lets through, or those before a number; at most `limit`. */
  async list(
    projectId: string,
    filter: AuditFilter,
    before: number | null,
    limit: number,
  ): Promise<AuditRecord[]> {
    const conditions = [
      Prisma.sql`chain_id = ${projectId}::uuid`,
      ...(before === null ? [] : [Prisma.sql`sequence < ${before}::bigint`]),
      ...(filter.action === null ? [] : [Prisma.sql`action = ${filter.action}`]),
      ...(filter.principalId === null ? [] : [Prisma.sql`principal_id = ${filter.principalId}::uuid`]),
      ...(filter.targetId === null ? [] : [Prisma.sql`target_id = ${filter.targetId}::uuid`]),
      ...(filter.from === null ? [] : [Prisma.sql`created_at >= ${formatTime(filter.from)}::timestamptz`]),
      ...(filter.until === null ? [] : [Prisma.sql`created_at < ${formatTime(filter.until)}::timestamptz`]),
    ];
    const rows = await this.#database.prisma.$queryRaw<AuditRow[]>`
      SELECT ${Prisma.raw(columns)} FROM audit_log
       WHERE ${Prisma.join(conditions, ' AND ')}
       ORDER BY sequence DESC LIMIT ${limit}`;
    return rows.map(recordOf);
  }

  /** The rows of a chain after a number, in order; at most `limit`. */
  async listChain(chainId: string, after: number, limit: number): Promise<AuditRecord[]> {
    return (await this.#database.run<AuditRow>(selectChain, [chainId, after, limit])).map(recordOf);
  }

  /** The ids of the chains after one, in order; at most `limit`. */
  async listChainIds(after: string, limit: number): Promise<string[]> {
    const rows = await this.#database.run<{ chainId: string }>(selectChainIds, [after, limit]);
    return rows.map(({ chainId }) => chainId);
  }
}

function recordOf({ createdMicros, ...row }: AuditRow): AuditRecord {
  return { ...row, createdAt: Number(createdMicros) };
}
