import { ApiError } from '@otas/errors';
import { uuidv7 } from 'uuidv7';
import { changeBy } from '../audit/change';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { Key } from '../keys/key';
import { noOptions } from '../keys/keys.schemas';
import { newKey } from '../keys/new-key';
import type { NewAgent } from './agents.schemas';
import type { Agent } from './agents.store';

/**
 * Creates an agent in the caller's project, with its first key.
 *
 * @throws ApiError 409 `already_exists` when an agent of the project has been given the same `agent_ref`.
 */
export async function createAgent(
  deps: Pick<Deps, 'agents' | 'apiKeys' | 'now'>,
  principal: MemberPrincipal,
  fields: NewAgent,
): Promise<{ agent: Agent; key: Key; apiKey: string }> {
  const change = changeBy(principal, deps.now());
  const createdAt = change.at;
  const agent = { id: uuidv7(), ...fields, isActive: true, createdBy: principal.user.id, createdAt };
  const { row, apiKey } = newKey(deps.apiKeys, 'agent', createdAt, noOptions);
  if (!(await deps.agents.create(change, agent, row))) throw new ApiError('already_exists');
  return { agent, key: row, apiKey };
}
