import { checked, firstOfEach, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { type PageQuery, pageFields, pageOf } from '../access/access.schemas';
import {
  type KeyOptions,
  type KeyRotation,
  keyOptions,
  keyRotation,
  optionsOf,
  rotationOf,
} from '../keys/keys.schemas';
import { requiredId } from '../wire/ids';

export interface NewAgentKey {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: unknown;
  readonly options: KeyOptions;
}

export interface AgentKeyListQuery extends PageQuery {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: string;
}

const agentId = requiredId('agent_id_required');
const newAgentKey = z.object({ agent_id: agentId, ...keyOptions });
const agentKeyId = z.object({ agent_key_id: requiredId('agent_key_id_required') });
const agentKeyRotation = agentKeyId.extend(keyRotation);
const agentKeyListQuery = z.object({ agent_id: agentId, ...pageFields({ byDefault: 100, max: 500 }) });

/** @throws ApiError 400 `agent_id_required`, `invalid_request`. */
export const parseNewAgentKey = checked(newAgentKey, (raw: RawBody): NewAgentKey => {
  const { agent_id: id, ...options } = readFields(newAgentKey, raw.json());
  return { agentId: id, options: optionsOf(options) };
});

/** @throws ApiError 400 `agent_key_id_required`, `invalid_request`. */
export const parseAgentKeyRotation = checked(agentKeyRotation, (raw: RawBody): KeyRotation => {
  const { agent_key_id: id, ...fields } = readFields(agentKeyRotation, raw.json());
  return rotationOf(id, fields);
});

/** The key's id in a revocation as it was sent. @throws ApiError 400 `agent_key_id_required`. */
export const parseAgentKeyId = checked(agentKeyId, (raw: RawBody): unknown => {
  return readFields(agentKeyId, raw.json()).agent_key_id;
});

/** `limit` is 100; 1–500. @throws ApiError 400 `agent_id_required`, `invalid_request`. */
export const parseAgentKeyListQuery = checked(
  agentKeyListQuery,
  (parameters: URLSearchParams): AgentKeyListQuery => {
    const query = readFields(agentKeyListQuery, firstOfEach(parameters));
    return { agentId: query.agent_id as string, ...pageOf(query) };
  },
);
