import { wire } from '@otas/event-schema';
import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { erasureAnswer, newErasure } from '../erasures/erasure-answer';
import { authenticateSessionEnder } from './authenticate-session-ender';
import { createSession } from './create-session';
import { deleteSession } from './delete-session';
import { endSession } from './end-session';
import { listSessions } from './list-sessions';
import { revokeSessions } from './revoke-sessions';
import {
  newSession,
  newSessionAnswer,
  session,
  sessionAnswer,
  sessionList,
  sessionListAnswer,
} from './session-answers';
import { parseSessionListQuery } from './session-list.schemas';
import {
  parseDeletedSession,
  parseEndedSession,
  parseNewSession,
  parseRevokedSessions,
} from './sessions.schemas';

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
      about: {
        name: 'createSession',
        tag: 'Sessions',
        summary: 'Begins a session of the agent whose key this is',
        details: 'The token is good for 30 days, or until the session ends.',
        answer: z.object({ response: newSession }),
        errors: ['invalid_request', 'already_exists'],
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
      about: {
        name: 'endSession',
        tag: 'Sessions',
        summary: 'Ends a session',
        details:
          'An agent ends the session whose token it sends, and may leave the body out; an Admin names it. A session that is over stays as it is.',
        answer: z.object({ response: z.object({ session }) }),
        errors: ['invalid_request', 'session_id_required', 'session_not_found'],
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
      about: {
        name: 'revokeSessions',
        tag: 'Sessions',
        summary: 'Ends one session, or all active ones that were begun with a key',
        details: 'One of both ids is sent. `revoked` says how many were active.',
        answer: z.object({ response: z.object({ revoked: wire.count }) }),
        errors: ['invalid_request', 'session_not_found', 'agent_key_not_found'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/agent/v1/session/delete/',
      authenticate: credentials.admin,
      body: parseDeletedSession,
      status: 200,
      description: 'agent_session_deleted',
      handle: async ({ principal, body }) => {
        const erasure = await deleteSession(deps, principal, body);
        return { response: { session_id: erasure.sessionId, erasure: erasureAnswer(erasure) } };
      },
      about: {
        name: 'deleteSession',
        tag: 'Sessions',
        summary: 'Deletes a session with its events',
        answer: z.object({ response: z.object({ session_id: wire.uuid, erasure: newErasure }) }),
        errors: ['session_id_required', 'session_not_found'],
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
      about: {
        name: 'listSessions',
        tag: 'Sessions',
        summary: 'Lists the sessions of an agent, newest first',
        answer: z.object({ response: sessionList }),
        errors: [
          'agent_id_required',
          'limit_not_an_integer',
          'invalid_request',
          'invalid_cursor',
          'agent_not_found_or_no_access',
        ],
      },
    }),
  ];
}
