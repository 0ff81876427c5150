import { ApiError } from '@otas/errors';
import type { RawBody } from '@otas/http-kit';
import { type PageQuery, parsePageQuery } from '../access/access.schemas';
import { type KeyOptions, type KeyRotation, parseKeyOptions, parseKeyRotation } from '../keys/keys.schemas';
import { isMissing, requireId } from '../wire/text';

export interface NewAgentKey {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: unknown;
  readonly options: KeyOptions;
}

export interface AgentKeyListQuery extends PageQuery {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: string;
}

const [pageDefault, pageMax] = [100, 500];

/** @throws ApiError 400 `agent_id_required`, `invalid_request`. */
export function parseNewAgentKey(raw: RawBody): NewAgentKey {
  const body = raw.json();
  const agentId = requireId(body, 'agent_id', 'agent_id_required');
  return { agentId, options: parseKeyOptions(body) };
}

/** @throws ApiError 400 `agent_key_id_required`, `invalid_request`. */
export function parseAgentKeyRotation(raw: RawBody): KeyRotation {
  const body = raw.json();
  return parseKeyRotation(body, requireId(body, 'agent_key_id', 'agent_key_id_required'));
}

/** The key's id in a revocation as it was sent. @throws ApiError 400 `agent_key_id_required`. */
export function parseAgentKeyId(raw: RawBody): unknown {
  return requireId(raw.json(), 'agent_key_id', 'agent_key_id_required');
}

/** `limit` is 100; 1–500. @throws ApiError 400 `agent_id_required`, `invalid_request`. */
export function parseAgentKeyListQuery(parameters: URLSearchParams): AgentKeyListQuery {
  const agentId = parameters.get('agent_id');
  if (agentId === null || isMissing(agentId)) throw new ApiError('agent_id_required');
  return { agentId, ...parsePageQuery(parameters, pageDefault, pageMax) };
}
