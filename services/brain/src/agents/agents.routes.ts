import {
  authentication,
  endpoint,
  JsonText,
  type MountedEndpoint,
  PlainAnswer,
  type RequestContext,
  type RouteDescription,
} from '@otas/http-kit';
import type { Credential, UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import { readRequest } from '../v2/credential';
import { parseKeys, pathKeys } from '../v2/keys';
import { metadata, pageMetadata, pageQuery, parsePage } from '../v2/page';
import { agent, agentToJson, session, sessionToJson } from './agent-json';

export interface AgentsDeps {
  readonly uasam: UasamClient;
}

const { agent_key, session_key } = pathKeys;
const about = {
  agents: {
    name: 'listAgents',
    summary: 'Lists the active agents that a caller reaches',
    query: pageQuery,
    body: z.object({ agents: z.array(agent), metadata }),
  },
  agent: { name: 'getAgent', summary: 'Gives an agent', path: { agent_key }, body: agent },
  sessions: {
    name: 'listSessions',
    summary: 'Lists the sessions of an agent, newest first',
    path: { agent_key },
    query: pageQuery,
    body: z.object({ sessions: z.array(session), metadata }),
  },
  session: {
    name: 'getSession',
    summary: 'Gives a session',
    path: { agent_key, session_key },
    body: session,
  },
  deleteAgent: {
    name: 'deleteAgent',
    summary: 'Deletes an agent with its sessions and events',
    path: { agent_key },
  },
  deleteSession: {
    name: 'deleteSession',
    summary: 'Deletes a session with its events',
    path: { agent_key, session_key },
  },
};

interface About extends Pick<RouteDescription, 'name' | 'summary' | 'path' | 'query'> {
  /** Left out: the answer has none. */
  readonly body?: z.ZodType;
}

function describe({ body, ...rest }: About): RouteDescription {
  return { ...rest, tag: 'Agents', answer: [body === undefined ? {} : { body }] };
}

/** The way to agents and sessions for a client that knows no ids: what UASAM says, in the form of the v2 API. */
export function agentsEndpoints({ uasam }: AgentsDeps): MountedEndpoint[] {
  const { directory } = uasam;

  return [
    read(uasam, 'v2 caller', '/v2/agents', about.agents, pageOf, async (credential, page) => {
      const { agents, nextPageKey, totalCount } = await directory.listAgents(credential, page);
      return { agents: agents.map(agentToJson), metadata: pageMetadata(nextPageKey, totalCount) };
    }),
    read(
      uasam,
      'v2 reader',
      '/v2/agents/{agent_key}',
      about.agent,
      keyOfAgent,
      async (credential, { agent_key: agentKey }) =>
        agentToJson(await directory.getAgent(credential, agentKey)),
    ),
    read(
      uasam,
      'v2 reader',
      '/v2/agents/{agent_key}/sessions',
      about.sessions,
      (context) => ({ ...keyOfAgent(context), ...pageOf(context) }),
      async (credential, { agent_key: agentKey, ...page }) => {
        const { sessions, nextPageKey, totalCount } = await directory.listSessions(
          credential,
          agentKey,
          page,
        );
        return {
          sessions: new JsonText(`[${sessions.map(sessionToJson).join(',')}]`),
          metadata: pageMetadata(nextPageKey, totalCount),
        };
      },
    ),
    read(
      uasam,
      'v2 reader',
      '/v2/agents/{agent_key}/sessions/{session_key}',
      about.session,
      (context) => parseKeys(context, ['agent_key', 'session_key']),
      async (credential, { agent_key: agentKey, session_key: sessionKey }) =>
        new JsonText(sessionToJson(await directory.getSession(credential, { agentKey, sessionKey }))),
    ),
    remove(uasam, '/v2/agents/{agent_key}', about.deleteAgent, (context) => ({
      ...keyOfAgent(context),
      session_key: null,
    })),
    remove(uasam, '/v2/agents/{agent_key}/sessions/{session_key}', about.deleteSession, (context) =>
      parseKeys(context, ['agent_key', 'session_key']),
    ),
  ];
}

const pageOf = (context: RequestContext) => parsePage(context.query());
const keyOfAgent = (context: RequestContext) => parseKeys(context, ['agent_key']);

/** A GET whose answer is a bare body. `answer` asks UASAM, which checks the credential with the same call. */
function read<Asked>(
  uasam: UasamClient,
  who: 'v2 caller' | 'v2 reader',
  path: string,
  said: About,
  parse: (context: RequestContext) => Asked,
  answer: (credential: Credential, asked: Asked) => Promise<object>,
): MountedEndpoint {
  const authenticate = authentication(who, (context) => readRequest(uasam, context, parse));
  return endpoint({
    methods: ['GET'],
    path,
    authenticate,
    status: 200,
    handle: async ({ principal: { credential, asked } }) =>
      new PlainAnswer(200, await answer(credential, asked)),
    about: describe(said),
  });
}

/** A DELETE of an agent or a session, which UASAM does and has erased. */
function remove(
  uasam: UasamClient,
  path: string,
  said: About,
  parse: (context: RequestContext) => { readonly agent_key: string; readonly session_key: string | null },
): MountedEndpoint {
  const authenticate = authentication('v2 admin', (context) => readRequest(uasam, context, parse));
  return endpoint({
    methods: ['DELETE'],
    path,
    authenticate,
    status: 204,
    handle: async ({ principal: { credential, asked }, context }) => {
      const keys = { agentKey: asked.agent_key, sessionKey: asked.session_key };
      await uasam.directory.delete(credential, keys, context.requestId);
      return new PlainAnswer(204, null);
    },
    about: describe(said),
  });
}
