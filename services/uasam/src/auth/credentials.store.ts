import type { Database, Statement } from '../db/database';
import type { KeyUseTimes } from './key-uses';
import type { KeyScope, User } from './principals';

export interface UserWithTokens {
  readonly user: User;
  /** Seconds since 1970; a token issued before is no longer valid. */
  readonly tokensValidFromSeconds: number;
}

export interface Membership {
  readonly project: { readonly id: string; readonly name: string };
  readonly isProjectActive: boolean;
  readonly privilege: number;
}

export interface StoredAgentKey {
  readonly keyId: string;
  readonly keyHash: Uint8Array;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentProvider: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date;
}

export interface StoredSdkKey {
  readonly keyId: string;
  readonly keyHash: Uint8Array;
  readonly projectId: string;
  readonly projectName: string;
  readonly projectDescription: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date;
}

interface MemberRow extends User {
  readonly tokensValidFrom: number;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly isProjectActive: boolean | null;
  readonly privilege: number | null;
}

const selectMember: Statement = {
  name: 'select_member',
  text: `
    SELECT u.id, u.first_name AS "firstName", u.middle_name AS "middleName", u.last_name AS "lastName", u.email,
           u.created_at AS "createdAt", u.updated_at AS "updatedAt",
           u.tokens_valid_from::float8 AS "tokensValidFrom",
           p.id AS "projectId", p.name AS "projectName", p.is_active AS "isProjectActive", m.privilege
      FROM users u
      LEFT JOIN project_members m ON m.user_id = u.id AND m.project_id = $1::uuid AND m.is_active
      LEFT JOIN projects p ON p.id = m.project_id
     WHERE u.id = $2::uuid`,
};

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectAgentKey: Statement = {
  name: 'select_agent_key',
  text: `
    SELECT k.id AS "keyId", k.key_hash AS "keyHash", a.id AS "agentId", a.name AS "agentName",
           a.provider AS "agentProvider", p.id AS "projectId", p.name AS "projectName", k.scopes,
           k.expires_at AS "expiresAt"
      FROM agent_keys k
      JOIN agents a ON a.id = k.agent_id AND a.is_active
      JOIN projects p ON p.id = a.project_id AND p.is_active
     WHERE k.prefix = $1 AND k.revoked_at IS NULL AND k.expires_at > $2::timestamptz`,
};

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectSdkKey: Statement = {
  name: 'select_sdk_key',
  text: `
    SELECT k.id AS "keyId", k.key_hash AS "keyHash", p.id AS "projectId", p.name AS "projectName",
           p.description AS "projectDescription", k.scopes, k.expires_at AS "expiresAt"
      FROM sdk_keys k
      JOIN projects p ON p.id = k.project_id AND p.is_active
     WHERE k.prefix = $1 AND k.revoked_at IS NULL AND k.expires_at > $2::timestamptz`,
};

const updateUses = (table: 'agent_keys' | 'sdk_keys'): Statement => ({
  name: `update_uses_of_${table}`,
  text: `
    UPDATE ${table} k SET last_used_at = used.at
      FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
     WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`,
});

const updateAgentKeyUses = updateUses('agent_keys');
const updateSdkKeyUses = updateUses('sdk_keys');

/** What credentials are checked against. Each question is one statement, answered through a unique index. */
export class CredentialsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A user, and his membership of a project: null unless it is active, be the project active or not. Null as a whole when
   * there is no such user. `projectId` null is no project.
   */
  async findMember(
    projectId: string | null,
    userId: string,
  ): Promise<{ user: UserWithTokens; membership: Membership | null } | null> {
    const [row] = await this.#database.run<MemberRow>(selectMember, [projectId, userId]);
    if (row === undefined) return null;
    const { tokensValidFrom, projectId: foundId, projectName, isProjectActive, privilege, ...user } = row;
    const membership =
      foundId === null || projectName === null || isProjectActive === null || privilege === null
        ? null
        : { project: { id: foundId, name: projectName }, isProjectActive, privilege };
    return { user: { user, tokensValidFromSeconds: tokensValidFrom }, membership };
  }

  /** The key with this prefix; null unless it is unrevoked and unexpired at `now`, its agent and project active. */
  async findAgentKey(prefix: string, now: Date): Promise<StoredAgentKey | null> {
    const [row] = await this.#database.run<StoredAgentKey>(selectAgentKey, [prefix, now.toISOString()]);
    return row ?? null;
  }

  /** The key with this prefix; null unless it is unrevoked and unexpired at `now`, and its project active. */
  async findSdkKey(prefix: string, now: Date): Promise<StoredSdkKey | null> {
    const [row] = await this.#database.run<StoredSdkKey>(selectSdkKey, [prefix, now.toISOString()]);
    return row ?? null;
  }

  async writeAgentKeyUses(uses: KeyUseTimes): Promise<void> {
    await this.#database.run(updateAgentKeyUses, columnsOf(uses));
  }

  async writeSdkKeyUses(uses: KeyUseTimes): Promise<void> {
    await this.#database.run(updateSdkKeyUses, columnsOf(uses));
  }
}

function columnsOf(uses: KeyUseTimes): [ids: string[], times: string[]] {
  return [[...uses.keys()], [...uses.values()].map((at) => at.toISOString())];
}
