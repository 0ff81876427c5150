import { Batches } from '../db/batches';
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

export interface StoredKey {
  readonly keyId: string;
  readonly prefix: string;
  readonly keyHash: Uint8Array;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date;
}

export interface StoredAgentKey extends StoredKey {
  readonly agentId: string;
  readonly agentName: string;
  readonly agentProvider: string;
  readonly projectId: string;
  readonly projectName: string;
}

export interface StoredSdkKey extends StoredKey {
  readonly projectId: string;
  readonly projectName: string;
  readonly projectDescription: string;
}

export type KeyTable = 'agent_keys' | 'sdk_keys';

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

/**
 * The sub-select hides from the planner how many prefixes there are. Otherwise it plans anew for every one or two of them as
 * soon as the table is large, which takes longer than the rest.
 */
const prefixes = '(SELECT $1::text[])::text[]';

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectAgentKey: Statement = {
  name: 'select_agent_key',
  text: `
    SELECT k.id AS "keyId", k.prefix, k.key_hash AS "keyHash", a.id AS "agentId", a.name AS "agentName",
           a.provider AS "agentProvider", p.id AS "projectId", p.name AS "projectName", k.scopes,
           k.expires_at AS "expiresAt"
      FROM agent_keys k
      JOIN agents a ON a.id = k.agent_id AND a.is_active
      JOIN projects p ON p.id = a.project_id AND p.is_active
     WHERE k.prefix = ANY(${prefixes}) AND k.revoked_at IS NULL`,
};

/** Exported so that the tests can ask Postgres how it runs it. */
export const selectSdkKey: Statement = {
  name: 'select_sdk_key',
  text: `
    SELECT k.id AS "keyId", k.prefix, k.key_hash AS "keyHash", p.id AS "projectId", p.name AS "projectName",
           p.description AS "projectDescription", k.scopes, k.expires_at AS "expiresAt"
      FROM sdk_keys k
      JOIN projects p ON p.id = k.project_id AND p.is_active
     WHERE k.prefix = ANY(${prefixes}) AND k.revoked_at IS NULL`,
};

const updateUses = (table: KeyTable): Statement => ({
  name: `update_uses_of_${table}`,
  text: `
    UPDATE ${table} k SET last_used_at = used.at
      FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
     WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`,
});

const renewHash = (table: KeyTable): Statement => ({
  name: `renew_hash_of_${table}`,
  text: `UPDATE ${table} SET key_hash = $3 WHERE id = $1::uuid AND key_hash = $2`,
});

const renewals: Readonly<Record<KeyTable, Statement>> = {
  agent_keys: renewHash('agent_keys'),
  sdk_keys: renewHash('sdk_keys'),
};

const [lookupMaxKeys, lookupsAtOnce] = [1000, 2];

const updateAgentKeyUses = updateUses('agent_keys');
const updateSdkKeyUses = updateUses('sdk_keys');

/**
 * What credentials are checked against. Each question is one statement, answered through a unique index; questions after keys
 * that come at the same time share it.
 */
export class CredentialsStore {
  readonly #database: Database;
  readonly #agentKeys: Batches<string, StoredAgentKey | undefined>;
  readonly #sdkKeys: Batches<string, StoredSdkKey | undefined>;

  constructor(database: Database) {
    this.#database = database;
    this.#agentKeys = lookUp(database, selectAgentKey);
    this.#sdkKeys = lookUp(database, selectSdkKey);
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
    return liveOrNull(await this.#agentKeys.add(prefix), now);
  }

  /** The key with this prefix; null unless it is unrevoked and unexpired at `now`, and its project active. */
  async findSdkKey(prefix: string, now: Date): Promise<StoredSdkKey | null> {
    return liveOrNull(await this.#sdkKeys.add(prefix), now);
  }

  /** Replaces what is kept of a key by another hash of the same one. */
  async renewHash(table: KeyTable, key: StoredKey, hash: Uint8Array): Promise<void> {
    await this.#database.run(renewals[table], [key.keyId, Buffer.from(key.keyHash), Buffer.from(hash)]);
  }

  async writeAgentKeyUses(uses: KeyUseTimes): Promise<void> {
    await this.#database.run(updateAgentKeyUses, columnsOf(uses));
  }

  async writeSdkKeyUses(uses: KeyUseTimes): Promise<void> {
    await this.#database.run(updateSdkKeyUses, columnsOf(uses));
  }
}

/** Unrevoked keys by their prefixes. */
function lookUp<Key extends StoredKey>(database: Database, statement: Statement) {
  return new Batches<string, Key | undefined>({
    run: async (prefixes) => {
      const rows = await database.run<Key>(statement, [[...new Set(prefixes)]]);
      const keys = new Map(rows.map((row) => [row.prefix, row]));
      return prefixes.map((prefix) => keys.get(prefix));
    },
    sizeOf: () => 1,
    sizeMax: lookupMaxKeys,
    runningMax: lookupsAtOnce,
  });
}

function liveOrNull<Key extends StoredKey>(key: Key | undefined, now: Date): Key | null {
  return key !== undefined && key.expiresAt > now ? key : null;
}

function columnsOf(uses: KeyUseTimes): [ids: string[], times: string[]] {
  return [[...uses.keys()], [...uses.values()].map((at) => at.toISOString())];
}
