import { formatTime, type Micros, uuidInKey } from '@otas/event-schema';
import type { Database, Statement } from '../db/database';
import { Prisma } from '../db/generated/client';
import type { ListPosition } from '../wire/list-cursors';
import { type NewSessionRow, SessionInserts } from './session-inserts.store';
import type { SessionEnd } from './session-status';

export interface Session extends NewSessionRow {
  /** When and how it was ended before it expired; both null: it was not. */
  readonly endedAt: Micros | null;
  readonly endKind: SessionEnd | null;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly hasMore: boolean;
}

/** A page ends early, with at least one session in it, when what it holds passes this. */
const pageMaxBytes = 16 * 1024 * 1024;

export interface SessionRow {
  readonly id: string;
  readonly agentKeyId: string;
  readonly createdMicros: string;
  readonly meta: string;
  readonly ref: string | null;
  readonly endedAt: Date | null;
  readonly endKind: SessionEnd | null;
}

/** Of `agent_sessions s`, but for `meta`. */
export const sessionColumns = `
    s.id, s.agent_key_id AS "agentKeyId", s.ref, s.ended_at AS "endedAt", s.end_kind AS "endKind",
    (extract(epoch FROM s.created_at) * 1000000)::bigint::text AS "createdMicros"`;

const selectSessionBy = (name: string, column: 'id' | 'ref', type: string): Statement => ({
  name,
  text: `
    SELECT ${sessionColumns}, CASE WHEN $3 THEN meta::text ELSE '{}' END AS meta
      FROM agent_sessions s
     WHERE agent_id = $1::uuid AND ${column} = $2::${type}`,
});

const selectSessionById = selectSessionBy('select_session_by_id', 'id', 'uuid');

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectSessionByRef = selectSessionBy('select_session_by_ref', 'ref', 'text');

const selectSessionId: Statement = {
  name: 'select_session_id',
  text: `
    SELECT 1 FROM agent_sessions WHERE id = $1::uuid
     UNION ALL SELECT 1 FROM erasures WHERE session_id = $1::uuid`,
};

const countSessions: Statement = {
  name: 'count_sessions',
  text: 'SELECT count(*)::int AS count FROM agent_sessions WHERE agent_id = $1::uuid',
};

export class SessionsStore {
  readonly #database: Database;
  readonly #inserts: SessionInserts;

  constructor(database: Database) {
    this.#database = database;
    this.#inserts = new SessionInserts(database);
  }

  /** False when a session of the agent has its `ref` already. */
  async create(agentId: string, session: NewSessionRow): Promise<boolean> {
    return this.#inserts.add(agentId, session);
  }

  /** A session of this agent by its key, given or of its UUID; null when there is none. `meta` is `{}` unless wanted. */
  async find(agentId: string, ref: string, withMeta: boolean): Promise<Session | null> {
    const id = uuidInKey('ase', ref);
    const statement = id === null ? selectSessionByRef : selectSessionById;
    const [row] = await this.#database.run<SessionRow>(statement, [agentId, id ?? ref, withMeta]);
    return row === undefined ? null : sessionOf(row);
  }

  /** Whether there is a session with this id, whoever's, or was one until it was deleted. */
  async exists(sessionId: string): Promise<boolean> {
    return (await this.#database.run(selectSessionId, [sessionId])).length > 0;
  }

  async count(agentId: string): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(countSessions, [agentId]);
    return row?.count ?? 0;
  }

  /**
   * The agent's newest sessions that the conditions let through, by time and id downwards, or those after a place: at most
   * `limit`, and about 16 MiB. The agent is known to be the caller's.
   */
  async list(
    agentId: string,
    after: ListPosition | null,
    limit: number,
    wanted: Prisma.Sql = Prisma.empty,
  ): Promise<SessionPage> {
    const below =
      after === null
        ? Prisma.empty
        : Prisma.sql`AND (created_at, id) < (${formatTime(after.createdAt)}::timestamptz, ${after.id}::uuid)`;
    const rows = await this.#database.prisma.$queryRaw<(SessionRow & { readonly found: number })[]>`
      SELECT ${Prisma.raw(sessionColumns)}, meta::text AS meta, found::int AS found
        FROM (SELECT page.*, count(*) OVER () AS found,
                     sum(meta_bytes) OVER (ORDER BY created_at DESC, id DESC) - meta_bytes AS bytes_before
                FROM (SELECT id, agent_key_id, created_at, meta, meta_bytes, ref, ended_at, end_kind
                        FROM agent_sessions
                       WHERE agent_id = ${agentId}::uuid ${below} ${wanted}
                       ORDER BY created_at DESC, id DESC
                       LIMIT ${limit + 1}) AS page) AS s
       WHERE bytes_before < ${pageMaxBytes}
       ORDER BY created_at DESC, id DESC
       LIMIT ${limit}`;
    return { sessions: rows.map(sessionOf), hasMore: (rows[0]?.found ?? 0) > rows.length };
  }
}

export function sessionOf({
  id,
  agentKeyId,
  meta,
  ref,
  endedAt,
  endKind,
  createdMicros,
}: SessionRow): Session {
  const endedMicros = endedAt === null ? null : endedAt.getTime() * 1000;
  return { id, agentKeyId, meta, ref, endedAt: endedMicros, endKind, createdAt: Number(createdMicros) };
}
