import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { authentication, type RequestContext } from '@otas/http-kit';
import type { UserTokens } from '@otas/session-token';
import type { ApiKeys } from './api-keys';
import { originOf } from './client-address';
import type { CredentialsStore, KeyTable, StoredKey } from './credentials.store';
import type { KeyUses } from './key-uses';
import type { OldKeys } from './old-keys';
import {
  type AgentKeyPrincipal,
  type MemberPrincipal,
  privilege,
  type RequestOrigin,
  type SdkKeyPrincipal,
  type User,
  type UserPrincipal,
} from './principals';

export interface CredentialsOptions {
  readonly store: CredentialsStore;
  readonly userTokens: UserTokens;
  readonly apiKeys: ApiKeys;
  readonly oldKeys: OldKeys;
  readonly agentKeyUses: KeyUses;
  readonly sdkKeyUses: KeyUses;
  readonly trustProxy: boolean;
  now(): Date;
}

/** A user whose token is good, and until when. */
export interface VerifiedUser {
  readonly user: User;
  readonly expiresAt: Date;
}

/**
 * The `authenticate` steps of the endpoints: each proves who asks from the headers alone, or throws the refusal. The `verify…`
 * behind them look at one credential by itself.
 */
export class Credentials {
  readonly #options: CredentialsOptions;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** `X-OTAS-USER-TOKEN` alone. Throws 400 `missing_token`, 401 `invalid_token`. */
  readonly user = authentication('user', async (context): Promise<UserPrincipal> => {
    const token = context.header('x-otas-user-token');
    if (token === null) throw new ApiError('missing_token');
    const { user } = await this.verifyUserToken(token);
    return { kind: 'user', user, origin: this.originOf(context) };
  });

  /**
   * `X-OTAS-USER-TOKEN` and `X-OTAS-PROJECT-ID`. Throws 400 `missing_headers`, 401 `invalid_token`, 403
   * `user_project_mapping_invalid`.
   */
  readonly member = authentication('member', async (context): Promise<MemberPrincipal> => {
    const { isProjectActive, ...principal } = await this.#memberOfAny(context);
    if (!isProjectActive) throw new ApiError('user_project_mapping_invalid');
    return principal;
  });

  /** Like {@link member}, for what only an Admin may do: a Member gets 403 `forbidden`. */
  readonly admin = authentication('admin', async (context): Promise<MemberPrincipal> => {
    return assertAdmin(await this.member(context));
  });

  /** Like {@link admin}, also of an inactive project: for its reactivation, and what explains it. */
  readonly adminOfAny = authentication('admin of any', async (context): Promise<MemberPrincipal> => {
    const { isProjectActive: _, ...principal } = await this.#memberOfAny(context);
    return assertAdmin(principal);
  });

  async #memberOfAny(context: RequestContext): Promise<MemberPrincipal & { isProjectActive: boolean }> {
    const token = context.header('x-otas-user-token');
    const projectId = context.header('x-otas-project-id');
    if (token === null || projectId === null) throw new ApiError('missing_headers');
    const { user, membership } = await this.#verifyUser(token, parseUuid(projectId));
    if (membership === null) throw new ApiError('user_project_mapping_invalid');
    return { kind: 'member', user, ...membership, origin: this.originOf(context) };
  }

  /** `X-OTAS-AGENT-KEY`. Throws 401 `invalid_agent_key`, whatever is wrong with it. */
  readonly agentKey = authentication('agent key', (context): Promise<AgentKeyPrincipal> => {
    return this.verifyAgentKey(context.header('x-otas-agent-key') ?? '');
  });

  /** Like {@link agentKey}, for what only a key with the scope `capture` may do: others get 403 `insufficient_scope`. */
  readonly capturingAgentKey = authentication('capturing agent key', async (context) => {
    const principal = await this.agentKey(context);
    if (!principal.scopes.includes('capture')) throw new ApiError('insufficient_scope');
    return principal;
  });

  /**
   * Whose agent key this is.
   *
   * @throws ApiError 401 `invalid_agent_key`, whatever is wrong with it; 429 `rate_limit_exceeded` as `OldKeys`.
   */
  async verifyAgentKey(key: string): Promise<AgentKeyPrincipal> {
    const { apiKeys, store, agentKeyUses, now } = this.#options;
    const at = now();
    const prefixes = apiKeys.prefixesOf(key, 'agent');
    const stored = await this.#find(key, prefixes, 'agent_keys', (prefix) => store.findAgentKey(prefix, at));
    if (stored === null) throw new ApiError('invalid_agent_key');
    agentKeyUses.note(stored.keyId, at);
    const agent = { id: stored.agentId, name: stored.agentName, provider: stored.agentProvider };
    const { keyId, projectId, projectName, scopes, expiresAt } = stored;
    return { kind: 'agentKey', keyId, scopes, expiresAt, agent, projectId, projectName };
  }

  /** `X-OTAS-SDK-KEY`. Throws 401 `missing_sdk_key`, 403 `invalid_sdk_key`; both say more in `error`. */
  readonly sdkKey = authentication('SDK key', (context): Promise<SdkKeyPrincipal> => {
    const key = context.header('x-otas-sdk-key');
    if (key === null) throw new ApiError('sdk_key_missing', { payload: { error: 'SDK Key missing' } });
    return this.verifySdkKey(key);
  });

  /**
   * Whose SDK key this is.
   *
   * @throws ApiError 403 `invalid_sdk_key`, which says more in `error`; 429 `rate_limit_exceeded` as `OldKeys`.
   */
  async verifySdkKey(key: string): Promise<SdkKeyPrincipal> {
    const { apiKeys, store, sdkKeyUses, now } = this.#options;
    const prefixes = apiKeys.prefixesOf(key, 'otas');
    if (prefixes.length === 0) throw sdkKeyRejected('Invalid Key Format');
    const at = now();
    const stored = await this.#find(key, prefixes, 'sdk_keys', (prefix) => store.findSdkKey(prefix, at));
    if (stored === null) throw sdkKeyRejected('Invalid SDK Key');
    sdkKeyUses.note(stored.keyId, at);
    const { keyId, scopes, expiresAt } = stored;
    const { projectId: id, projectName: name, projectDescription: description } = stored;
    return { kind: 'sdkKey', keyId, scopes, expiresAt, project: { id, name, description } };
  }

  /** Whose user token this is. @throws ApiError 401 `invalid_token`. */
  async verifyUserToken(token: string): Promise<VerifiedUser> {
    const { user, expiresAt } = await this.#verifyUser(token, null);
    return { user, expiresAt };
  }

  originOf(context: RequestContext): RequestOrigin {
    return originOf(context, this.#options.trustProxy);
  }

  /** The key among those with these prefixes that this is; null when it is none of them. */
  async #find<Stored extends StoredKey>(
    key: string,
    prefixes: readonly string[],
    table: KeyTable,
    look: (prefix: string) => Promise<Stored | null>,
  ): Promise<Stored | null> {
    for (const prefix of prefixes) {
      const stored = await look(prefix);
      if (stored === null) continue;
      const isKey = this.#options.apiKeys.matches(key, stored.keyHash);
      if (isKey || (await this.#options.oldKeys.verify(key, stored, table))) return stored;
    }
    return null;
  }

  async #verifyUser(token: string, projectId: string | null) {
    const claims = this.#options.userTokens.verify(token);
    const userId = parseUuid(claims?.userId);
    if (claims === null || userId === null) throw new ApiError('invalid_token');
    const found = await this.#options.store.findMember(projectId, userId);
    // A change of the password ends the tokens from before.
    if (found === null || claims.issuedAtSeconds < found.user.tokensValidFromSeconds) {
      throw new ApiError('invalid_token');
    }
    const expiresAt = new Date(claims.expiresAtSeconds * 1000);
    return { user: found.user.user, membership: found.membership, expiresAt };
  }
}

function assertAdmin(principal: MemberPrincipal): MemberPrincipal {
  if (principal.privilege !== privilege.admin) throw new ApiError('forbidden');
  return principal;
}

function sdkKeyRejected(error: string): ApiError {
  return new ApiError('sdk_key_rejected', { payload: { error } });
}
