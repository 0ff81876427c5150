import { JsonText, Success } from '@otas/http-kit';
import { agentAnswer } from '../access/access-answers';
import { sessionText } from '../sessions/session-answers';
import { wireTime } from '../wire/answers';
import type { Grant, Refusal } from './authorize';

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
