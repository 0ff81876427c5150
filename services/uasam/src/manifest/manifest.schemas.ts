import { ApiError } from '@otas/errors';
import { isMissing } from '../wire/text';

/** The agent's id as it was sent; it need not be a UUID. @throws ApiError 400 `agent_id_required`. */
export function parseManifestQuery(parameters: URLSearchParams): string {
  const agentId = parameters.get('agent_id');
  if (agentId === null || isMissing(agentId)) throw new ApiError('agent_id_required');
  return agentId;
}
