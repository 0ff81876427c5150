import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { UserTokens } from '@otas/session-token';
import type { ApiKeys } from './api-keys';
import { originOf } from './client-address';
import type { CredentialsStore } from './credentials.store';
import type { KeyUses } from './key-uses';
import {
  type AgentKeyPrincipal,
  type MemberPrincipal,
  privilege,
  type RequestOrigin,
  type SdkKeyPrincipal,
  type UserPrincipal,
} from './principals';

export interface CredentialsOptions {
  readonly store: CredentialsStore;
  readonly userTokens: UserTokens;
  readonly apiKeys: ApiKeys;
  readonly agentKeyUses: KeyUses;
  readonly sdkKeyUses: KeyUses;
  readonly trustProxy: boolean;
  now(): Date;
}

/** The `authenticate` steps of the endpoints: each proves who asks from the headers alone, or throws the refusal. */
export class Credentials {
  readonly #options: CredentialsOptions;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** `X-OTAS-USER-TOKEN` alone. Throws 400 `missing_token`, 401 `invalid_token`. */
  readonly user = async (context: RequestContext): Promise<UserPrincipal> => {
    const token = context.header('x-otas-user-token');
    if (token === null) throw new ApiError('missing_token');
    const { user } = await this.#verifyUser(token, null);
    return { kind: 'user', user: user.user, origin: this.#originOf(context) };
  };

  /**
   * `X-OTAS-USER-TOKEN` and `X-OTAS-PROJECT-ID`. Throws 400 `missing_headers`, 401 `invalid_token`, 403
   * `user_project_mapping_invalid`.
   */
  readonly member = async (context: RequestContext): Promise<MemberPrincipal> => {
    const { isProjectActive, ...principal } = await this.#memberOfAny(context);
    if (!isProjectActive) throw new ApiError('user_project_mapping_invalid');
    return principal;
  };

  /** Like {@link member}, for what only an Admin may do: a Member gets 403 `forbidden`. */
  readonly admin = async (context: RequestContext): Promise<MemberPrincipal> => {
    return assertAdmin(await this.member(context));
  };

  /** Like {@link admin}, also of an inactive project: for its reactivation, and what explains it. */
  readonly adminOfAny = async (context: RequestContext): Promise<MemberPrincipal> => {
    const { isProjectActive: _, ...principal } = await this.#memberOfAny(context);
    return assertAdmin(principal);
  };

  async #memberOfAny(context: RequestContext): Promise<MemberPrincipal & { isProjectActive: boolean }> {
    const token = context.header('x-otas-user-token');
    const projectId = context.header('x-otas-project-id');
    if (token === null || projectId === null) throw new ApiError('missing_headers');
    const { user, membership } = await this.#verifyUser(token, parseUuid(projectId));
    if (membership === null) throw new ApiError('user_project_mapping_invalid');
    return { kind: 'member', user: user.user, ...membership, origin: this.#originOf(context) };
  }

  /** `X-OTAS-AGENT-KEY`. Throws 401 `invalid_agent_key`, whatever is wrong with it. */
  readonly agentKey = async (context: RequestContext): Promise<AgentKeyPrincipal> => {
    const { apiKeys, store, agentKeyUses, now } = this.#options;
    const key = context.header('x-otas-agent-key');
    const prefix = key === null ? null : apiKeys.prefixOf(key, 'agent');
    if (key === null || prefix === null) throw new ApiError('invalid_agent_key');
    const at = now();
    const stored = await store.findAgentKey(prefix, at);
    if (stored === null || !apiKeys.matches(key, stored.keyHash)) throw new ApiError('invalid_agent_key');
    agentKeyUses.note(stored.keyId, at);
    const agent = { id: stored.agentId, name: stored.agentName, provider: stored.agentProvider };
    const { keyId, projectId, scopes, expiresAt } = stored;
    return { kind: 'agentKey', keyId, scopes, expiresAt, agent, projectId };
  };

  /** `X-OTAS-SDK-KEY`. Throws 401 `missing_sdk_key`, 403 `invalid_sdk_key`; both say more in `error`. */
  readonly sdkKey = async (context: RequestContext): Promise<SdkKeyPrincipal> => {
    const { apiKeys, store, sdkKeyUses, now } = this.#options;
    const key = context.header('x-otas-sdk-key');
    if (key === null) throw new ApiError('sdk_key_missing', { payload: { error: 'SDK Key missing' } });
    const prefix = apiKeys.prefixOf(key, 'otas');
    if (prefix === null) throw sdkKeyRejected('Invalid Key Format');
    const at = now();
    const stored = await store.findSdkKey(prefix, at);
    if (stored === null || !apiKeys.matches(key, stored.keyHash)) throw sdkKeyRejected('Invalid SDK Key');
    sdkKeyUses.note(stored.keyId, at);
    const { keyId, scopes, expiresAt } = stored;
    const { projectId: id, projectName: name, projectDescription: description } = stored;
    return { kind: 'sdkKey', keyId, scopes, expiresAt, project: { id, name, description } };
  };

  #originOf(context: RequestContext): RequestOrigin {
    return originOf(context, this.#options.trustProxy);
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
    return found;
  }
}

function assertAdmin(principal: MemberPrincipal): MemberPrincipal {
  if (principal.privilege !== privilege.admin) throw new ApiError('forbidden');
  return principal;
}

function sdkKeyRejected(error: string): ApiError {
  return new ApiError('sdk_key_rejected', { payload: { error } });
}
