import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import type { Deps } from '../deps';

/** Whoever asks about agents, by whichever credential, and what that credential reaches. */
export interface Caller {
  readonly kind: 'user' | 'sdk_key' | 'agent_key';
  /** The projects by their ids, with a user's privilege in each (1 = Admin, 2 = Member); null for a key. */
  readonly projects: ReadonlyMap<string, number | null>;
  /** The only agent that is reached; null: every agent of the projects. */
  readonly agentId: string | null;
  /** True for a user who named a project that he is no member of; then there are no projects. */
  readonly isOutside: boolean;
  /** Says whose the caller's list of agents is; the same for every credential that reaches the same. */
  readonly scope: string;
}

/**
 * One of `X-OTAS-SDK-KEY`, `X-OTAS-AGENT-KEY` and `X-OTAS-USER-TOKEN`; the first of them counts. A user reaches all
 * projects of his, or with `X-OTAS-PROJECT-ID` that one alone: none when he is no member of it.
 *
 * @throws ApiError 401 `unauthorized` when there is none, and when it is not valid, for whatever reason.
 */
export async function authenticateCaller(
  deps: Pick<Deps, 'credentials' | 'access'>,
  context: RequestContext,
): Promise<Caller> {
  try {
    if (context.header('x-otas-sdk-key') !== null) return await authenticateSdkKey(deps, context);
    if (context.header('x-otas-agent-key') !== null) return await authenticateAgentKey(deps, context);
    return await authenticateUser(deps, context);
  } catch (error) {
    throw error instanceof ApiError ? new ApiError('unauthorized', { cause: error }) : error;
  }
}

type CallerDeps = Pick<Deps, 'credentials' | 'access'>;

async function authenticateSdkKey({ credentials }: CallerDeps, context: RequestContext): Promise<Caller> {
  const { project } = await credentials.sdkKey(context);
  return {
    kind: 'sdk_key',
    projects: new Map([[project.id, null]]),
    agentId: null,
    isOutside: false,
    scope: `project ${project.id}`,
  };
}

async function authenticateAgentKey({ credentials }: CallerDeps, context: RequestContext): Promise<Caller> {
  const { agent, projectId } = await credentials.agentKey(context);
  const projects = new Map([[projectId, null]]);
  return {
    kind: 'agent_key',
    projects,
    agentId: agent.id,
    isOutside: false,
    scope: `agent ${agent.id}`,
  };
}

async function authenticateUser(
  { credentials, access }: CallerDeps,
  context: RequestContext,
): Promise<Caller> {
  const { user } = await credentials.user(context);
  const all = await access.listMemberships(user.id);
  const header = context.header('x-otas-project-id');
  const caller = { kind: 'user' as const, agentId: null };
  if (header === null) return { ...caller, projects: all, isOutside: false, scope: `user ${user.id}` };
  const projectId = parseUuid(header) ?? '';
  const privilege = all.get(projectId);
  const projects = new Map(privilege === undefined ? [] : [[projectId, privilege]]);
  const isOutside = privilege === undefined;
  return { ...caller, projects, isOutside, scope: `user ${user.id} in ${projectId}` };
}
