import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';
import { ReadRefused, type UasamClient } from '@otas/uasam-client';

/** A person who may read one agent of one project. Ids are canonical UUIDs. */
export interface Reader {
  readonly projectId: string;
  readonly agentId: string;
}

/**
 * The three headers of a read, in the contract's order, and UASAM's word that they fit together.
 *
 * @throws ApiError 401 `missing_user_token`, 400 `missing_agent_id`, 400 `missing_project_id`; UASAM's own refusals
 *   with its status and body; 503 when UASAM cannot be asked
 */
export async function authenticateReader(uasam: UasamClient, context: RequestContext): Promise<Reader> {
  const userToken = context.header('x-otas-user-token');
  if (userToken === null) throw new ApiError('missing_user_token');
  const agentId = context.header('x-otas-agent-id');
  if (agentId === null) throw new ApiError('missing_agent_id');
  const projectId = context.header('x-otas-project-id');
  if (projectId === null) throw new ApiError('missing_project_id');
  try {
    await uasam.authorizeRead({ userToken, projectId, agentId });
  } catch (error) {
    throw error instanceof ReadRefused ? toApiError(error) : error;
  }
  // UASAM accepted both, so both are UUIDs, in some form.
  const reader = { projectId: parseUuid(projectId), agentId: parseUuid(agentId) };
  if (reader.projectId === null || reader.agentId === null) throw new ApiError('agent_not_found');
  return { projectId: reader.projectId, agentId: reader.agentId };
}

/**
 * An Admin of a project, for what concerns the project as a whole.
 *
 * @throws ApiError 401 `missing_user_token`, 400 `missing_project_id`, UASAM's own refusals, 403 `forbidden` for a Member
 */
export async function authenticateProjectAdmin(
  uasam: UasamClient,
  context: RequestContext,
): Promise<{ readonly projectId: string }> {
  const userToken = context.header('x-otas-user-token');
  if (userToken === null) throw new ApiError('missing_user_token');
  const projectId = context.header('x-otas-project-id');
  if (projectId === null) throw new ApiError('missing_project_id');
  const privilege = await uasam.findPrivilege({ userToken, projectId }).catch((error: unknown) => {
    throw error instanceof ReadRefused ? toApiError(error) : error;
  });
  const id = parseUuid(projectId);
  if (privilege !== adminPrivilege || id === null) throw new ApiError('forbidden');
  return { projectId: id };
}

const adminPrivilege = 1;

const passedOn = {
  401: 'invalid_token',
  403: 'user_project_mapping_invalid',
  404: 'agent_not_found',
} as const;

function toApiError(refusal: ReadRefused): ApiError {
  const code = passedOn[refusal.status as keyof typeof passedOn];
  const { status: _, status_description: description, ...payload } = refusal.body;
  if (code === undefined) {
    return new ApiError('auth_service_error', {
      cause: `UASAM answered a read with status ${refusal.status}`,
    });
  }
  return new ApiError(code, { payload, ...(typeof description === 'string' ? { description } : {}) });
}
