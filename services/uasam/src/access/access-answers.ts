import { wire } from '@otas/event-schema';
import { JsonText } from '@otas/http-kit';
import { z } from 'zod';
import { refOf } from '../agents/agent-answers';
import { session, sessionText } from '../sessions/session-answers';
import { wireTime } from '../wire/answers';
import type { ReachableAgent } from './access.store';
import type { Caller } from './authenticate-caller';
import type { AgentList, SessionList } from './list-reachable';
import type { Access } from './resolve-access';

export const reachableAgent = z
  .object({
    id: wire.uuid,
    agent_ref: wire.key('agt'),
    project_id: wire.uuid,
    name: z.string().meta({ examples: ['scout'] }),
    description: z.string().meta({ examples: ['Looks things up'] }),
    provider: z.string().meta({ examples: ['acme'] }),
    is_active: z.boolean(),
    created_at: wire.time,
    updated_at: wire.time,
  })
  .meta({ id: 'ReachableAgent' });

export const callerKinds = ['user', 'sdk_key', 'agent_key'] as const;
export const privilegeOrNull = z
  .int()
  .nullable()
  .meta({ description: '1 = Admin, 2 = Member; null for a key.', examples: [1] });

export const accessFields = z.object({
  principal: z.object({ kind: z.enum(callerKinds), privilege: privilegeOrNull }),
  agent: reachableAgent.nullable(),
  session: session.nullable(),
});

const page = { total_count: wire.count, next_cursor: wire.cursor.optional() };
export const reachableAgents = z.object({ agents: z.array(reachableAgent), ...page });
export const reachableSessions = z.object({ agent: reachableAgent, sessions: z.array(session), ...page });

/** Who asks, and what was asked for, as JSON text, because a session's `meta` already is. */
export function accessAnswer({ kind }: Caller, { privilege, agent, session }: Access, now: Date): JsonText {
  const principal = JSON.stringify({ kind, privilege });
  const agentText = agent === null ? 'null' : JSON.stringify(agentAnswer(agent));
  const text = session === null ? 'null' : sessionText(session, now);
  return new JsonText(`{"principal":${principal},"agent":${agentText},"session":${text}}`);
}

export function agentListAnswer({ agents, totalCount, nextCursor }: AgentList): object {
  const next = nextCursor === null ? {} : { next_cursor: nextCursor };
  return { agents: agents.map(agentAnswer), total_count: totalCount, ...next };
}

/** As JSON text, because every `meta` already is. */
export function sessionPageAnswer(
  { agent, sessions, totalCount, nextCursor }: SessionList,
  now: Date,
): JsonText {
  const next = nextCursor === null ? '' : `,"next_cursor":${JSON.stringify(nextCursor)}`;
  const list = sessions.map((session) => sessionText(session, now)).join(',');
  return new JsonText(
    `{"agent":${JSON.stringify(agentAnswer(agent))},"sessions":[${list}],"total_count":${totalCount}${next}}`,
  );
}

export function agentAnswer(agent: ReachableAgent): object {
  return {
    id: agent.id,
    agent_ref: refOf(agent),
    project_id: agent.projectId,
    name: agent.name,
    description: agent.description,
    provider: agent.provider,
    is_active: agent.isActive,
    created_at: wireTime(agent.createdAt),
    updated_at: wireTime(agent.updatedAt),
  };
}
