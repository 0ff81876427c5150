import { ApiError } from '@otas/errors';
import { sent } from '@otas/event-schema';
import { checked, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { changedText, optionalText, readListed, requiredText } from '../wire/fields';
import { requiredId } from '../wire/ids';
import { jsonOrFail } from '../wire/text';

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

const ruleOf = (maxLength: number, example: string) => {
  return { maxLength, example, words: { length: `too long (max ${maxLength})` } };
};
const name = ruleOf(255, 'scout');
const provider = ruleOf(255, 'acme');
const description = ruleOf(10_000, 'Looks things up');

const newAgent = z.object({
  agent_name: requiredText(name, 'is required'),
  agent_provider: requiredText(provider, 'is required'),
  agent_description: optionalText(description),
  agent_ref: sent.ref('agt').nullish(),
});

/** @throws ApiError 400 `agent_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export const parseNewAgent = checked(newAgent, (raw: RawBody): NewAgent => {
  const body = jsonOrFail(raw, (errors) => new ApiError('agent_creation_failed', { payload: { errors } }));
  const fields = readListed(newAgent, body, 'agent_creation_failed');
  return {
    name: fields.agent_name,
    provider: fields.agent_provider,
    description: fields.agent_description,
    ref: fields.agent_ref ?? null,
  };
});

const agentId = z.object({ agent_id: requiredId('agent_id_required') });
const agentUpdate = agentId
  .extend({
    agent_name: changedText(name, 'is required'),
    agent_provider: changedText(provider, 'is required'),
    agent_description: changedText(description, 'mayBeBlank'),
  })
  // The agent's id, and what is to be changed.
  .meta({ minProperties: 2 });
const changes = agentUpdate
  .omit({ agent_id: true })
  .transform((fields) => ({
    ...(fields.agent_name !== undefined && { name: fields.agent_name }),
    ...(fields.agent_provider !== undefined && { provider: fields.agent_provider }),
    ...(fields.agent_description !== undefined && { description: fields.agent_description }),
  }))
  .refine((fields) => Object.keys(fields).length > 0, {
    message: 'agent_name, agent_provider or agent_description is required',
  });

/**
 * The fields that are to be changed; what is left out or null stays as it is.
 *
 * @throws ApiError 400 `agent_id_required`; 400 `agent_update_failed` with every fault in `errors`; 400 `invalid_json`.
 */
export const parseAgentUpdate = checked(agentUpdate, (raw: RawBody): AgentUpdate => {
  const body = raw.json();
  const { agent_id: id } = readFields(agentId, body);
  return { agentId: id, fields: readListed(changes, body, 'agent_update_failed') };
});

/** The agent's id as it was sent. @throws ApiError 400 `agent_id_required`. */
export const parseAgentId = checked(agentId, (raw: RawBody): unknown => {
  return readFields(agentId, raw.json()).agent_id;
});

const agentListQuery = z.object({
  include_inactive: z
    .string()
    .optional()
    .meta({ description: '`1`: those that are inactive too.', examples: ['1'] }),
});

/** Whether inactive agents are wanted too. */
export const parseAgentListQuery = checked(agentListQuery, (parameters: URLSearchParams): boolean => {
  return parameters.get('include_inactive') === '1';
});
