import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { createSession } from './create-session';
import { listSessions } from './list-sessions';
import { newSessionAnswer, sessionListAnswer } from './session-answers';
import { parseNewSession, parseSessionListQuery } from './sessions.schemas';

export function sessionEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;

  return [
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/session/create/',
      authenticate: credentials.capturingAgentKey,
      body: parseNewSession,
      status: 200,
      description: 'agent_session_created',
      handle: async ({ principal, body }) => {
        return { response: newSessionAnswer(await createSession(deps, principal, body)) };
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/sessions/list/',
      authenticate: credentials.member,
      query: parseSessionListQuery,
      status: 200,
      description: 'agent_sessions_listed',
      handle: async ({ principal, query }) => {
        return { response: sessionListAnswer(await listSessions(deps, principal, query), deps.now()) };
      },
    }),
  ];
}
