import { ApiError } from '@otas/errors';
import type { RawBody } from '@otas/http-kit';
import { refFault } from '../wire/refs';
import { isMissing, jsonOrFail, requireId, textFault } from '../wire/text';

export interface NewAgent {
  readonly name: string;
  readonly provider: string;
  readonly description: string;
  /** `agt_…`, as it was given; null: the key that is derived from the id. */
  readonly ref: string | null;
}

const nameMaxLength = 255;
const providerMaxLength = 255;
const descriptionMaxLength = 10_000;

/** @throws ApiError 400 `agent_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export function parseNewAgent(raw: RawBody): NewAgent {
  const body = jsonOrFail(raw, creationFailed);
  const errors: string[] = [];
  const read = (field: string, maxLength: number, isRequired: boolean): string => {
    const value = body[field] ?? '';
    const text = typeof value === 'string' ? value.trim() : value;
    if (isRequired && isMissing(text)) errors.push(`${field} is required`);
    const fault = textFault(text, maxLength);
    if (fault === 'type') errors.push(`${field} must be a string`);
    if (fault === 'characters') errors.push(`${field} must not hold U+0000 or half of a surrogate pair`);
    if (fault === 'length') errors.push(`${field} too long (max ${maxLength})`);
    return text as string;
  };
  const agent = {
    name: read('agent_name', nameMaxLength, true),
    provider: read('agent_provider', providerMaxLength, true),
    description: read('agent_description', descriptionMaxLength, false),
    ref: (body.agent_ref ?? null) as string | null,
  };
  const fault = refFault('agt', body.agent_ref);
  if (fault !== null) errors.push(`agent_ref ${fault}`);
  if (errors.length > 0) throw creationFailed(errors);
  return agent;
}

/** The agent's id in a key's creation as it was sent. @throws ApiError 400 `agent_id_required`. */
export function parseAgentId(raw: RawBody): unknown {
  return requireId(raw.json(), 'agent_id', 'agent_id_required');
}

/** The key's id in a revocation as it was sent. @throws ApiError 400 `agent_key_id_required`. */
export function parseAgentKeyId(raw: RawBody): unknown {
  return requireId(raw.json(), 'agent_key_id', 'agent_key_id_required');
}

function creationFailed(errors: readonly string[]): ApiError {
  return new ApiError('agent_creation_failed', { payload: { errors } });
}
