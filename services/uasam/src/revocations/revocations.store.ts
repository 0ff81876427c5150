import type { Database, Statement } from '../db/database';
import type { Prisma } from '../db/generated/client';
import { wireTime } from '../wire/answers';
import type { Revocation } from './revocation';

/**
 * Where a reader of the feed stands. All rows of transactions before `floor` are behind it. `position` is the last row of a
 * page that was not the last one; null between two readings.
 */
export interface FeedCursor {
  readonly floor: bigint;
  readonly position: { readonly xid: bigint; readonly id: bigint } | null;
}

export interface RevocationPage {
  readonly next: FeedCursor;
  /** True when the cursor is of a database whose time this one has not reached: of all that is remembered nothing holds. */
  readonly isReset: boolean;
  readonly hasMore: boolean;
  readonly revocations: readonly (Revocation & { readonly at: string })[];
}

const selectPresent: Statement = {
  name: 'select_revocations_present',
  text: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
};

/** One statement, so that the rows and the end up to which they are all there are of one snapshot. */
const selectRevocations: Statement = {
  name: 'select_revocations',
  text: `
    SELECT s.xmin::text AS xmin, s.xmax::text AS xmax, r.xid::text AS xid, r.id::text AS id, r.kind,
           r.target_id AS "targetId", r.created_at AS "createdAt"
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin,
                   pg_snapshot_xmax(pg_current_snapshot()) AS xmax) AS s
      LEFT JOIN LATERAL (SELECT * FROM revocations
                          WHERE xid >= $1::xid8 AND (xid, id) > ($1::xid8, $2::bigint)
                          ORDER BY xid, id LIMIT $3) AS r ON true
     ORDER BY r.xid, r.id`,
};

const deleteOld: Statement = {
  name: 'delete_old_revocations',
  text: "DELETE FROM revocations WHERE created_at < now() - $1::int * interval '1 second'",
};

interface FeedRow {
  readonly xmin: string;
  readonly xmax: string;
  /** Null, like all that follow, in the one row of an empty page. */
  readonly xid: string | null;
  readonly id: string;
  readonly kind: Revocation['kind'];
  readonly targetId: string;
  readonly createdAt: Date;
}

/** Part of the transaction that makes these things invalid, so that both are seen or neither. */
export async function writeRevocations(
  transaction: Prisma.TransactionClient,
  revocations: readonly Revocation[],
): Promise<void> {
  const [kinds, ids] = [revocations.map(({ kind }) => kind), revocations.map(({ id }) => id)];
  await transaction.$executeRaw`
    INSERT INTO revocations (kind, target_id)
    SELECT kind, target_id FROM unnest(${kinds}::text[], ${ids}::uuid[]) AS new (kind, target_id)`;
}

/** Reads of what stopped being valid; it is written by `inAuditedTransaction`. */
export class RevocationsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The cursor after which everything comes that is not valid any more from now on. */
  async findPresent(): Promise<FeedCursor> {
    const [row] = await this.#database.run<{ xmin: string }>(selectPresent, []);
    return { floor: BigInt(row?.xmin ?? 0), position: null };
  }

  /**
   * The rows after a cursor, at most `limit`. Every row is given at least once to whoever goes on from `next`: a transaction
   * that was open has a number of at least `floor`, and from there the next reading begins; what of it was seen already
   * comes again.
   */
  async list({ floor, position }: FeedCursor, limit: number): Promise<RevocationPage> {
    const from = position ?? { xid: floor, id: 0n };
    const values = [String(from.xid), String(from.id), limit + 1];
    const rows = await this.#database.run<FeedRow>(selectRevocations, values);
    const [first] = rows;
    const isReset = first !== undefined && floor > BigInt(first.xmax);
    const found = isReset ? [] : rows.filter((row) => row.xid !== null);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const nextFloor = position === null || isReset ? BigInt(first?.xmin ?? 0) : floor;
    return {
      next: {
        floor: nextFloor,
        position: last === undefined ? null : { xid: BigInt(last.xid as string), id: BigInt(last.id) },
      },
      isReset,
      hasMore: last !== undefined,
      revocations: page.map(({ kind, targetId, createdAt }) => ({
        kind,
        id: targetId,
        at: wireTime(createdAt),
      })),
    };
  }

  /** Deletes what is older than as many seconds by the database's clock. */
  async deleteOlderThan(seconds: number): Promise<void> {
    await this.#database.run(deleteOld, [seconds]);
  }
}
