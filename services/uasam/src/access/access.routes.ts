import { authentication, endpoint, type MountedEndpoint, type RequestContext } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { parseAccessQuery, parsePageQuery, parseSessionPageQuery } from './access.schemas';
import {
  accessAnswer,
  accessFields,
  agentListAnswer,
  reachableAgents,
  reachableSessions,
  sessionPageAnswer,
} from './access-answers';
import { authenticateCaller } from './authenticate-caller';
import { listReachableAgents, listReachableSessions } from './list-reachable';
import { resolveAccess } from './resolve-access';

const tag = 'Access';

/** May the holder of this credential see that agent, and that session of it? */
export function accessEndpoints(deps: Deps): MountedEndpoint[] {
  const prove = (context: RequestContext) => authenticateCaller(deps, context);
  const caller = authentication('caller', prove);
  const callerOfAgent = authentication('caller of an agent', prove);

  return [
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/access/',
      authenticate: callerOfAgent,
      query: parseAccessQuery,
      status: 200,
      description: 'access_resolved',
      handle: async ({ principal, query }) => {
        return { response: accessAnswer(principal, await resolveAccess(deps, principal, query), deps.now()) };
      },
      about: {
        name: 'getAccess',
        tag,
        summary: 'Tells whether a caller may read an agent, and a session of it',
        answer: z.object({ response: accessFields }),
        errors: ['invalid_request', 'agent_not_found', 'session_not_found'],
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/access/agents/',
      authenticate: caller,
      query: parsePageQuery,
      status: 200,
      description: 'agents_listed',
      handle: async ({ principal, query }) => {
        return { response: agentListAnswer(await listReachableAgents(deps, principal, query)) };
      },
      about: {
        name: 'listReachableAgents',
        tag,
        summary: 'Lists the active agents that a caller reaches',
        answer: z.object({ response: reachableAgents }),
        errors: ['invalid_request', 'invalid_cursor'],
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/access/sessions/',
      authenticate: callerOfAgent,
      query: parseSessionPageQuery,
      status: 200,
      description: 'agent_sessions_listed',
      handle: async ({ principal, query }) => {
        return {
          response: sessionPageAnswer(await listReachableSessions(deps, principal, query), deps.now()),
        };
      },
      about: {
        name: 'listReachableSessions',
        tag,
        summary: 'Lists the sessions of an agent that a caller reaches, newest first',
        answer: z.object({ response: reachableSessions }),
        errors: ['invalid_request', 'agent_not_found', 'invalid_cursor'],
      },
    }),
  ];
}
