import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { KeyScope } from '../auth/principals';
import type { Deps } from '../deps';
import type { ReachedProject } from './access.store';

/** Whoever asks about agents, by whichever credential, and what that credential reaches. */
export interface Caller {
  readonly kind: 'user' | 'sdk_key' | 'agent_key';
  /** The user's id, or the key's. */
  readonly id: string;
  /** What a key may be used for; null for a user. */
  readonly scopes: readonly KeyScope[] | null;
  /** When the key or the token ends. */
  readonly expiresAt: Date;
  /** The projects by their ids. */
  readonly projects: ReadonlyMap<string, ReachedProject>;
  /** The only agent that is reached; null: every agent of the projects. */
  readonly agentId: string | null;
  /** The project that a user named, who then reaches no other; null: none was named. */
  readonly namedProjectId: string | null;
  /** True for a user who named a project that he is no member of; then there are no projects. */
  readonly isOutside: boolean;
  /** Says whose the caller's list of agents is; the same for every credential that reaches the same. */
  readonly scope: string;
}

export type CallerDeps = Pick<Deps, 'credentials' | 'access'>;

/**
 * One of `X-OTAS-SDK-KEY`, `X-OTAS-AGENT-KEY` and `X-OTAS-USER-TOKEN`; the first of them counts. A user reaches all
 * projects of his, or with `X-OTAS-PROJECT-ID` that one alone: none when he is no member of it.
 *
 * @throws ApiError 401 `unauthorized` when there is none, and when it is not valid, for whatever reason.
 */
export async function authenticateCaller(deps: CallerDeps, context: RequestContext): Promise<Caller> {
  const [sdkKey, agentKey] = [context.header('x-otas-sdk-key'), context.header('x-otas-agent-key')];
  try {
    if (sdkKey !== null) return await callerOfSdkKey(deps, sdkKey);
    if (agentKey !== null) return await callerOfAgentKey(deps, agentKey);
    const token = context.header('x-otas-user-token');
    if (token === null) throw new ApiError('missing_token');
    return await callerOfUser(deps, token, context.header('x-otas-project-id'));
  } catch (error) {
    throw error instanceof ApiError ? new ApiError('unauthorized', { cause: error }) : error;
  }
}

/** @throws ApiError 403 `invalid_sdk_key`. */
export async function callerOfSdkKey({ credentials }: CallerDeps, key: string): Promise<Caller> {
  const { project, ...verified } = await credentials.verifySdkKey(key);
  return ofKey('sdk_key', verified, project, null);
}

/** @throws ApiError 401 `invalid_agent_key`. */
export async function callerOfAgentKey({ credentials }: CallerDeps, key: string): Promise<Caller> {
  const { agent, projectId, projectName, ...verified } = await credentials.verifyAgentKey(key);
  return ofKey('agent_key', verified, { id: projectId, name: projectName }, agent.id);
}

/**
 * @param named the project to which the user confines himself, as it was sent; null: none.
 * @throws ApiError 401 `invalid_token`.
 */
export async function callerOfUser(
  { credentials, access }: CallerDeps,
  token: string,
  named: string | null,
): Promise<Caller> {
  const { user, expiresAt } = await credentials.verifyUserToken(token);
  const all = await access.listMemberships(user.id);
  const caller = { kind: 'user' as const, id: user.id, scopes: null, expiresAt, agentId: null };
  if (named === null) {
    return { ...caller, projects: all, namedProjectId: null, isOutside: false, scope: `user ${user.id}` };
  }
  const namedProjectId = parseUuid(named) ?? '';
  const project = all.get(namedProjectId);
  const projects = new Map(project === undefined ? [] : [[namedProjectId, project]]);
  const scope = `user ${user.id} in ${namedProjectId}`;
  return { ...caller, projects, namedProjectId, isOutside: project === undefined, scope };
}

function ofKey(
  kind: 'sdk_key' | 'agent_key',
  { keyId, scopes, expiresAt }: { keyId: string; scopes: readonly KeyScope[]; expiresAt: Date },
  project: { readonly id: string; readonly name: string },
  agentId: string | null,
): Caller {
  return {
    ...{ kind, id: keyId, scopes, expiresAt, agentId },
    projects: new Map([[project.id, { name: project.name, privilege: null }]]),
    namedProjectId: null,
    isOutside: false,
    scope: agentId === null ? `project ${project.id}` : `agent ${agentId}`,
  };
}
