import { formatTime } from '@otas/event-schema';
import type { Database, Statement } from '../db/database';
import { Prisma } from '../db/generated/client';
import type { ListPosition } from '../wire/list-cursors';

/** An active project that a credential reaches. */
export interface ReachedProject {
  readonly name: string;
  /** The user's (1 = Admin, 2 = Member); null for a key. */
  readonly privilege: number | null;
}

/** An active agent of an active project. */
export interface ReachableAgent {
  readonly id: string;
  readonly projectId: string;
  /** `agt_…`, as it was given; null: the key that is derived from the id. */
  readonly ref: string | null;
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const agentColumns = `
    a.id, a.project_id AS "projectId", a.ref, a.name, a.description, a.provider, a.is_active AS "isActive",
    a.created_at AS "createdAt", a.updated_at AS "updatedAt"`;

const selectMemberships: Statement = {
  name: 'select_memberships',
  text: `
    SELECT m.project_id AS "projectId", p.name, m.privilege
      FROM project_members m
      JOIN projects p ON p.id = m.project_id AND p.is_active
     WHERE m.user_id = $1::uuid AND m.is_active`,
};

const selectAgentById: Statement = {
  name: 'select_agent_by_id',
  text: `
    SELECT ${agentColumns}
      FROM agents a
      JOIN projects p ON p.id = a.project_id AND p.is_active
     WHERE a.id = $1::uuid AND a.is_active`,
};

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectAgentsByRef: Statement = {
  name: 'select_agents_by_ref',
  text: `
    SELECT ${agentColumns}
      FROM agents a
     WHERE a.project_id = ANY($1::uuid[]) AND a.ref = $2 AND a.is_active
     LIMIT 2`,
};

const countAgents: Statement = {
  name: 'count_agents',
  text: `
    SELECT count(*)::int AS count
      FROM agents a
     WHERE a.project_id = ANY($1::uuid[]) AND a.is_active AND ($2::uuid IS NULL OR a.id = $2::uuid)`,
};

/** What a caller may reach. The projects that are passed in are the caller's own, and active. */
export class AccessStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The active projects in which a user is an active member, by their ids. */
  async listMemberships(userId: string): Promise<Map<string, ReachedProject>> {
    const rows = await this.#database.run<ReachedProject & { projectId: string }>(selectMemberships, [
      userId,
    ]);
    return new Map(rows.map(({ projectId, name, privilege }) => [projectId, { name, privilege }]));
  }

  /** An agent of whatever project; whether the caller may reach it is not looked at. */
  async findAgent(agentId: string): Promise<ReachableAgent | null> {
    const [row] = await this.#database.run<ReachableAgent>(selectAgentById, [agentId]);
    return row ?? null;
  }

  /** Agents that were given this key, one a project; two are enough to know that there is more than one. */
  async findAgentsByRef(projectIds: readonly string[], ref: string): Promise<ReachableAgent[]> {
    return this.#database.run<ReachableAgent>(selectAgentsByRef, [projectIds, ref]);
  }

  /**
   * The newest active agents of these projects, by time and id downwards, or those after a place; at most `limit`.
   * `agentId` null is all of them.
   */
  async listAgents(
    projectIds: readonly string[],
    agentId: string | null,
    after: ListPosition | null,
    limit: number,
  ): Promise<ReachableAgent[]> {
    const one = agentId === null ? Prisma.empty : Prisma.sql`AND a.id = ${agentId}::uuid`;
    const below =
      after === null
        ? Prisma.empty
        : Prisma.sql`AND (a.created_at, a.id) < (${formatTime(after.createdAt)}::timestamptz, ${after.id}::uuid)`;
    return this.#database.prisma.$queryRaw<ReachableAgent[]>`
      SELECT ${Prisma.raw(agentColumns)}
        FROM agents a
       WHERE a.project_id = ANY(${projectIds}::uuid[]) AND a.is_active ${one} ${below}
       ORDER BY a.created_at DESC, a.id DESC
       LIMIT ${limit}`;
  }

  /** How many agents {@link listAgents} has in all. */
  async countAgents(projectIds: readonly string[], agentId: string | null): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(countAgents, [projectIds, agentId]);
    return row?.count ?? 0;
  }
}
