import { ApiError, type ErrorCode } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { type Authentication, authentication, type RequestContext } from '@otas/http-kit';
import {
  AccessRefused,
  type Authorization,
  type Question,
  type RefusalReason,
  type UasamClient,
} from '@otas/uasam-client';

/** A person who may read one agent of one project. Ids are canonical UUIDs. */
export interface Reader {
  readonly projectId: string;
  readonly agentId: string;
}

type Uasam = Pick<UasamClient, 'authorizer'>;

/**
 * The three headers of a read, in the contract's order, and UASAM's word that they fit together.
 *
 * @throws ApiError 401 `missing_user_token`, 400 `missing_agent_id`, 400 `missing_project_id`; UASAM's own refusals: 401
 *   `invalid_token`, 403 `user_project_mapping_invalid`, 404 `agent_not_found`; 503 when UASAM cannot be asked
 */
export async function authenticateReader(uasam: Uasam, context: RequestContext): Promise<Reader> {
  const token = context.header('x-otas-user-token');
  if (token === null) throw new ApiError('missing_user_token');
  const agentHeader = context.header('x-otas-agent-id');
  if (agentHeader === null) throw new ApiError('missing_agent_id');
  const projectId = context.header('x-otas-project-id');
  if (projectId === null) throw new ApiError('missing_project_id');
  const credential = { kind: 'user', token, projectId } as const;
  const agentId = parseUuid(agentHeader);
  if (agentId === null) {
    await authorize(uasam, { credential, action: 'identify' });
    throw new ApiError('agent_not_found');
  }
  const { agent } = await authorize(uasam, { credential, action: 'read', agent: agentId });
  if (agent === null) throw new ApiError('auth_service_error', { cause: 'UASAM named no agent' });
  return { projectId: agent.projectId, agentId };
}

/** {@link authenticateReader} as the step of an endpoint. */
export function readerOf(uasam: Uasam): Authentication<Reader> {
  return authentication('reader', (context) => authenticateReader(uasam, context));
}

/**
 * An Admin of a project, for what concerns the project as a whole.
 *
 * @throws ApiError 401 `missing_user_token`, 400 `missing_project_id`, UASAM's own refusals, 403 `forbidden` for a Member
 */
export async function authenticateProjectAdmin(
  uasam: Uasam,
  context: RequestContext,
): Promise<{ readonly projectId: string }> {
  const token = context.header('x-otas-user-token');
  if (token === null) throw new ApiError('missing_user_token');
  const projectHeader = context.header('x-otas-project-id');
  if (projectHeader === null) throw new ApiError('missing_project_id');
  const credential = { kind: 'user', token, projectId: projectHeader } as const;
  const { projectId } = await authorize(uasam, { credential, action: 'administer' });
  if (projectId === null) throw new ApiError('auth_service_error', { cause: 'UASAM named no project' });
  return { projectId };
}

const passedOn: Partial<Record<RefusalReason, ErrorCode>> = {
  invalid_token: 'invalid_token',
  user_project_mapping_invalid: 'user_project_mapping_invalid',
  agent_not_found: 'agent_not_found',
  forbidden: 'forbidden',
};

async function authorize({ authorizer }: Uasam, question: Question): Promise<Authorization> {
  try {
    return await authorizer.authorize(question, 'read');
  } catch (error) {
    if (!(error instanceof AccessRefused)) throw error;
    throw new ApiError(passedOn[error.reason] ?? 'auth_service_error', { cause: error });
  }
}
