import {
  authentication,
  endpoint,
  JsonText,
  type MountedEndpoint,
  PlainAnswer,
  type RequestContext,
} from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import type { SessionVerifier } from '../tokens/session-verifier';
import { parseKeys } from '../v2/keys';
import { authorizeAgent, authorizePerson } from '../v2/session-access';
import { agentEventToWholeJson } from './agent-event-json';
import { changeAgentEvent, getAgentEvent } from './change-agent-event';
import { listAgentEvents, parseListQuery } from './list-agent-events';
import type { PageKeys } from './page-keys';
import { type RecordDeps, recordAgentEvents } from './record-agent-events';

export interface AgentEventsDeps extends RecordDeps {
  readonly uasam: UasamClient;
  readonly sessionTokens: Pick<SessionVerifier, 'verify'>;
  readonly pageKeys: PageKeys;
}

const listPath = '/v2/agents/{agent_key}/sessions/{session_key}/events';
const eventPath = `${listPath}/{event_id}`;

/** What agents said, thought, called and got back: recorded by them, read by whoever may, changed by Admins. */
export function agentEventsEndpoints(deps: AgentEventsDeps): MountedEndpoint[] {
  const listReader = authentication('v2 reader', (context) =>
    authorizePerson(deps.uasam, context, 'read', () => parseListQuery(context.query())),
  );
  const agent = authentication('v2 agent', (context) => authorizeAgent(deps, context));
  const eventReader = authentication('v2 reader', (context) =>
    authorizePerson(deps.uasam, context, 'read', eventKeyOf),
  );
  const list = endpoint({
    methods: ['GET'],
    path: listPath,
    authenticate: listReader,
    status: 200,
    handle: async ({ principal: { access, asked } }) =>
      new PlainAnswer(200, await listAgentEvents(deps, access, asked)),
  });
  const record = endpoint({
    methods: ['POST'],
    path: listPath,
    authenticate: agent,
    body: (raw) => raw,
    status: 201,
    handle: async ({ principal: access, body }) =>
      new PlainAnswer(201, await recordAgentEvents(deps, access, body)),
  });
  const get = endpoint({
    methods: ['GET'],
    path: eventPath,
    authenticate: eventReader,
    status: 200,
    handle: async ({ principal: { access, asked: eventKey } }) => {
      const event = await getAgentEvent(deps.agentEvents, access, eventKey);
      return new PlainAnswer(200, new JsonText(agentEventToWholeJson(event, access.sessionKey)));
    },
  });
  const remove = endpoint({
    methods: ['DELETE'],
    path: eventPath,
    authenticate: eventEditor(deps),
    status: 204,
    handle: async ({ principal: { access, asked: eventKey } }) => {
      await changeAgentEvent(deps, access, eventKey, 'delete');
      return new PlainAnswer(204, null);
    },
  });
  return [list, record, get, remove, change(deps, 'hide'), change(deps, 'unhide')];
}

function change(deps: AgentEventsDeps, which: 'hide' | 'unhide'): MountedEndpoint {
  return endpoint({
    methods: ['POST'],
    path: `${eventPath}/${which}`,
    authenticate: eventEditor(deps),
    status: 200,
    handle: async ({ principal: { access, asked: eventKey } }) => {
      const event = await changeAgentEvent(deps, access, eventKey, which);
      return new PlainAnswer(200, new JsonText(agentEventToWholeJson(event, access.sessionKey)));
    },
  });
}

function eventEditor({ uasam }: Pick<AgentEventsDeps, 'uasam'>) {
  return authentication('v2 editor', (context) => authorizePerson(uasam, context, 'edit', eventKeyOf));
}

function eventKeyOf(context: RequestContext): string {
  return parseKeys(context, ['event_id']).event_id;
}
