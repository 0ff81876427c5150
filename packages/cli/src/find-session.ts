import { isKey, keyOfUuid, parseUuid } from '@otas/event-schema';
import type { Services } from './context';
import { notFound, usageError } from './exit-codes';
import { type Agent, findAgents } from './find-agent';
import type { Answer, ApiClient } from './http/api-client';
import { Refusal } from './http/refusal';

export interface FoundSession {
  readonly agent: Agent;
  readonly id: string;
  /** As UASAM describes it, under `response.session`. */
  readonly answer: Answer;
  /** Brain, asked about the session's agent. */
  readonly brain: ApiClient;
}

/** How many agents are asked about at once. */
const askedAtOnce = 8;

/**
 * The session with this id or key (`ase_…`) of one agent, or of any active agent of the project.
 *
 * @throws CliError 4 when there is none, 2 for a text that is no id
 */
export async function findSession(
  { uasam, brain }: Services,
  text: string,
  agentText?: string,
): Promise<FoundSession> {
  const uuid = parseUuid(text);
  const ref = uuid === null ? text : keyOfUuid('ase', uuid);
  if (!isKey('ase', ref)) throw usageError('a session is named by its id, or by its key (ase_…)');
  const agents = await findAgents(uasam, agentText);
  for (let at = 0; at < agents.length; at += askedAtOnce) {
    const some = agents.slice(at, at + askedAtOnce);
    const answers = await Promise.all(some.map((agent) => askFor(uasam, agent, ref)));
    const found = answers.findIndex((answer) => answer !== null);
    if (found === -1) continue;
    const [agent, answer] = [some[found] as Agent, answers[found] as Answer];
    const ofAgent = brain.with({ 'X-OTAS-AGENT-ID': agent.id });
    return { agent, id: answer.value.response.session.id, answer, brain: ofAgent };
  }
  throw notFound(`no active agent of the project has the session ${ref.replace(/^ase_/, '')}`);
}

async function askFor(uasam: ApiClient, agent: Agent, ref: string): Promise<Answer | null> {
  const query = { agent_ref: agent.agent_ref, session_ref: ref, with_meta: '1' };
  try {
    return await uasam.get('/api/agent/v1/access/', query);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}
