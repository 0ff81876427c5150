import { parseUuid } from '@otas/event-schema';
import { notFound, usageError } from './exit-codes';
import type { ApiClient } from './http/api-client';
import { escapeText } from './output/escape';

/** What of an agent the commands use. */
export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly agent_ref: string;
  readonly provider: string;
  readonly created_at: string;
  readonly is_active: boolean;
  readonly agent_keys: readonly AgentKey[];
}

/** A key of an agent that can be used. */
export interface AgentKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string | null;
  readonly expires_at: string;
}

/** The agents of the project, newest first. @throws Refusal, Unreachable */
export async function listAgents(uasam: ApiClient, withInactive = false): Promise<readonly Agent[]> {
  const query = { include_inactive: withInactive ? '1' : null };
  return (await uasam.get('/api/agent/v1/list/', query)).value.response.agents;
}

/**
 * The active agent of the project with this id, key (`agt_…`) or name.
 *
 * @throws CliError 4 when there is none, 2 when several have the name
 */
export async function findAgent(uasam: ApiClient, text: string): Promise<Agent> {
  const id = parseUuid(text.replace(/^agt_/, ''));
  const agents = await listAgents(uasam);
  const byId = agents.find((agent) => agent.id === id || agent.agent_ref === text);
  if (byId !== undefined) return byId;
  const [first, ...others] = agents.filter(({ name }) => name === text);
  if (first === undefined) throw notFound(`the project has no active agent ${escapeText(text)}`);
  if (others.length > 0) throw usageError(`${others.length + 1} agents have this name: give an id`);
  return first;
}

/** The agents that a command is about: the one that is named, or all active ones. @throws as {@link findAgent} does */
export async function findAgents(uasam: ApiClient, text: string | undefined): Promise<readonly Agent[]> {
  return text === undefined ? await listAgents(uasam) : [await findAgent(uasam, text)];
}
