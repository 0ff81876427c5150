import { wire } from '@otas/event-schema';
import { JsonText, Success } from '@otas/http-kit';
import { z } from 'zod';
import { agentAnswer, callerKinds, privilegeOrNull, reachableAgent } from '../access/access-answers';
import { keyScopes } from '../auth/principals';
import { session, sessionText } from '../sessions/session-answers';
import { wireTime } from '../wire/answers';
import type { Grant, Refusal } from './authorize';

const cacheSeconds = wire.count.meta({ description: 'How long this may be remembered.', examples: [10] });

export const grant = z.object({
  allowed: z.literal(true),
  reason: z.null(),
  principal: z.object({
    kind: z.enum(callerKinds),
    id: wire.uuid,
    privilege: privilegeOrNull,
    scopes: z.array(z.enum(keyScopes)).nullable(),
  }),
  project: z.object({ id: wire.uuid, name: z.string().meta({ examples: ['Shop'] }) }).nullable(),
  agent: reachableAgent.nullable(),
  session: session.nullable(),
  expires_at: wire.time,
  cache_seconds: cacheSeconds,
});

export const refusal = z.object({
  allowed: z.literal(false),
  reason: z.string().meta({ examples: ['invalid_agent_key'] }),
  ...{ principal: z.null(), project: z.null(), agent: z.null(), session: z.null(), expires_at: z.null() },
  cache_seconds: cacheSeconds,
});

const nothing = { principal: null, project: null, agent: null, session: null, expires_at: null };

/** Both are answers to a question that was understood: HTTP status 200. */
export function verdictAnswer(verdict: Grant | Refusal): Success {
  if (verdict.isAllowed) return new Success(200, 'authorized', { response: grantAnswer(verdict) });
  const { reason, cacheSeconds } = verdict;
  const response = { allowed: false, reason, ...nothing, cache_seconds: cacheSeconds };
  return new Success(200, 'refused', { response });
}

/** As JSON text, because a session's `meta` already is. */
function grantAnswer({ caller, access, expiresAt, cacheSeconds, at }: Grant): JsonText {
  const { project, privilege, agent, session } = access;
  const { kind, id, scopes } = caller;
  const text = JSON.stringify({
    allowed: true,
    reason: null,
    principal: { kind, id, privilege, scopes },
    project,
    agent: agent === null ? null : agentAnswer(agent),
    expires_at: wireTime(expiresAt),
    cache_seconds: cacheSeconds,
  });
  return new JsonText(
    `${text.slice(0, -1)},"session":${session === null ? 'null' : sessionText(session, at)}}`,
  );
}
