import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { MemberPrincipal } from '../auth/principals';
import type { PublicUrls } from '../config';
import type { Deps } from '../deps';

/** What the manifest of an agent says that is not the same for all of them. */
export interface AgentFacts {
  readonly agent: { readonly id: string; readonly name: string; readonly provider: string };
  /** `domain`: `''`, a host, or an http(s) URL, as it was given. */
  readonly project: { readonly id: string; readonly name: string; readonly domain: string };
  readonly urls: PublicUrls;
}

/**
 * The facts about an active agent of the caller's project.
 *
 * @param agentIdGiven as it was sent
 * @throws ApiError 404 `agent_not_found`, also for another project's agent and for an inactive one, whose keys are refused.
 */
export async function describeAgent(
  { agents, config }: Pick<Deps, 'agents' | 'config'>,
  { project }: MemberPrincipal,
  agentIdGiven: string,
): Promise<AgentFacts> {
  const agentId = parseUuid(agentIdGiven);
  const agent = agentId === null ? null : await agents.findActiveInProject(project.id, agentId);
  if (agent === null) throw new ApiError('agent_not_found');
  const { id, name, provider, projectDomain: domain } = agent;
  return { agent: { id, name, provider }, project: { ...project, domain }, urls: config.publicUrls };
}
