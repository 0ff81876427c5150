import { ApiError } from '@otas/errors';
import type { JsonObject, RawBody } from '@otas/http-kit';
import { refFault } from '../wire/refs';
import { isMissing, jsonOrFail, requireId, textFault } from '../wire/text';

export interface NewAgent {
  readonly name: string;
  readonly provider: string;
  readonly description: string;
  /** `agt_…`, as it was given; null: the key that is derived from the id. */
  readonly ref: string | null;
}

export type AgentFields = Pick<NewAgent, 'name' | 'provider' | 'description'>;

export interface AgentUpdate {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: unknown;
  readonly fields: Partial<AgentFields>;
}

const nameMaxLength = 255;
const providerMaxLength = 255;
const descriptionMaxLength = 10_000;

/** @throws ApiError 400 `agent_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export function parseNewAgent(raw: RawBody): NewAgent {
  const body = jsonOrFail(raw, (errors) => failed('agent_creation_failed', errors));
  const errors: string[] = [];
  const agent = {
    name: readField(body, 'agent_name', nameMaxLength, errors),
    provider: readField(body, 'agent_provider', providerMaxLength, errors),
    description: readField(body, 'agent_description', descriptionMaxLength, errors),
    ref: (body.agent_ref ?? null) as string | null,
  };
  const fault = refFault('agt', body.agent_ref);
  if (fault !== null) errors.push(`agent_ref ${fault}`);
  if (errors.length > 0) throw failed('agent_creation_failed', errors);
  return agent;
}

/**
 * The fields that are to be changed; what is left out or null stays as it is.
 *
 * @throws ApiError 400 `agent_id_required`; 400 `agent_update_failed` with every fault in `errors`; 400 `invalid_json`.
 */
export function parseAgentUpdate(raw: RawBody): AgentUpdate {
  const body = raw.json();
  const agentId = requireId(body, 'agent_id', 'agent_id_required');
  const errors: string[] = [];
  const read = (field: string, maxLength: number): string | undefined =>
    (body[field] ?? null) === null ? undefined : readField(body, field, maxLength, errors);
  const given = {
    name: read('agent_name', nameMaxLength),
    provider: read('agent_provider', providerMaxLength),
    description: read('agent_description', descriptionMaxLength),
  };
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(fields).length === 0) {
    errors.push('agent_name, agent_provider or agent_description is required');
  }
  if (errors.length > 0) throw failed('agent_update_failed', errors);
  return { agentId, fields };
}

/** The agent's id as it was sent. @throws ApiError 400 `agent_id_required`. */
export function parseAgentId(raw: RawBody): unknown {
  return requireId(raw.json(), 'agent_id', 'agent_id_required');
}

/** A text field, trimmed; only a description may be blank. */
function readField(body: JsonObject, field: string, maxLength: number, errors: string[]): string {
  const value = body[field] ?? '';
  const text = typeof value === 'string' ? value.trim() : value;
  if (field !== 'agent_description' && isMissing(text)) errors.push(`${field} is required`);
  const fault = textFault(text, maxLength);
  if (fault === 'type') errors.push(`${field} must be a string`);
  if (fault === 'characters') errors.push(`${field} must not hold U+0000 or half of a surrogate pair`);
  if (fault === 'length') errors.push(`${field} too long (max ${maxLength})`);
  return text as string;
}

function failed(code: 'agent_creation_failed' | 'agent_update_failed', errors: readonly string[]): ApiError {
  return new ApiError(code, { payload: { errors } });
}
