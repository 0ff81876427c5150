import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { erasureAnswer } from '../erasures/erasure-answer';
import { authenticateSessionEnder } from './authenticate-session-ender';
import { createSession } from './create-session';
import { deleteSession } from './delete-session';
import { endSession } from './end-session';
import { listSessions } from './list-sessions';
import { revokeSessions } from './revoke-sessions';
import { newSessionAnswer, sessionAnswer, sessionListAnswer } from './session-answers';
import { parseSessionListQuery } from './session-list.schemas';
import { parseEndedSession, parseNewSession, parseRevokedSessions } from './sessions.schemas';

export function sessionEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;
  const sessionEnder = authentication('session ender', (context) => authenticateSessionEnder(deps, context));

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
      methods: ['POST'],
      path: '/api/agent/v1/session/end/',
      authenticate: sessionEnder,
      body: parseEndedSession,
      status: 200,
      description: 'agent_session_ended',
      handle: async ({ principal, body }) => {
        return { response: sessionAnswer(await endSession(deps, principal, body), deps.now()) };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/session/revoke/',
      authenticate: credentials.admin,
      body: parseRevokedSessions,
      status: 200,
      description: 'agent_sessions_revoked',
      handle: async ({ principal, body }) => {
        return { response: { revoked: await revokeSessions(deps, principal, body) } };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/session/delete/',
      authenticate: credentials.admin,
      body: parseEndedSession,
      status: 200,
      description: 'agent_session_deleted',
      handle: async ({ principal, body }) => {
        const erasure = await deleteSession(deps, principal, body);
        return { response: { session_id: erasure.sessionId, erasure: erasureAnswer(erasure) } };
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
