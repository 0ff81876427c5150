import {
  authentication,
  checked,
  endpoint,
  JsonText,
  type MountedEndpoint,
  PlainAnswer,
  type RawBody,
  type RequestContext,
} from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import type { SessionVerifier } from '../tokens/session-verifier';
import { parseKeys, pathKeys } from '../v2/keys';
import { metadata } from '../v2/page';
import { authorizeAgent, authorizePerson } from '../v2/session-access';
import { agentEvent, agentEventToWholeJson, wholeAgentEvent } from './agent-event-json';
import { changeAgentEvent, getAgentEvent } from './change-agent-event';
import { listAgentEvents, listQuery, parseListQuery } from './list-agent-events';
import type { PageKeys } from './page-keys';
import { agentEventsSchema, type RecordDeps, recordAgentEvents, recordedEvents } from './record-agent-events';

export interface AgentEventsDeps extends RecordDeps {
  readonly uasam: UasamClient;
  readonly sessionTokens: Pick<SessionVerifier, 'verify'>;
  readonly pageKeys: PageKeys;
}

const listPath = '/v2/agents/{agent_key}/sessions/{session_key}/events';
const eventPath = `${listPath}/{event_id}`;

const { event_id: _, ...listKeys } = pathKeys;
const ofList = { tag: 'Agent events', path: listKeys };
const ofEvent = { tag: 'Agent events', path: pathKeys };
// Read by the verb, which counts what it refuses.
const events = checked(agentEventsSchema, (raw: RawBody) => raw);

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
    about: {
      ...ofList,
      name: 'listAgentEvents',
      summary: 'Lists what an agent recorded in a session, oldest first',
      query: listQuery,
      answer: [{ body: z.object({ events: z.array(agentEvent), metadata }) }],
      errors: ['event_store_unavailable'],
    },
  });
  const record = endpoint({
    methods: ['POST'],
    path: listPath,
    authenticate: agent,
    body: events,
    status: 201,
    handle: async ({ principal: access, body }) =>
      new PlainAnswer(201, await recordAgentEvents(deps, access, body)),
    about: {
      ...ofList,
      name: 'recordAgentEvents',
      summary: 'Records what an agent was told, thought, called, got back or said',
      details:
        'One event, or `{"events": […]}` with 1 to 500 of them, all or none. An `id` that was recorded before is that event, as it was recorded then.',
      answer: [{ body: recordedEvents }],
      errors: ['invalid_request', 'event_log_full', 'event_store_unavailable'],
    },
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
    about: {
      ...ofEvent,
      name: 'getAgentEvent',
      summary: 'Gives an event, also when it is hidden',
      answer: [{ body: wholeAgentEvent }],
      errors: ['event_not_found', 'event_store_unavailable'],
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
    about: {
      ...ofEvent,
      name: 'deleteAgentEvent',
      summary: 'Takes an event out of the record',
      answer: [{}],
      errors: ['event_not_found', 'event_store_unavailable'],
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
    about: {
      ...ofEvent,
      name: `${which}AgentEvent`,
      summary: which === 'hide' ? 'Leaves an event out of lists' : 'Shows a hidden event again',
      answer: [{ body: wholeAgentEvent }],
      errors: ['event_not_found', 'event_store_unavailable'],
    },
  });
}

function eventEditor({ uasam }: Pick<AgentEventsDeps, 'uasam'>) {
  return authentication('v2 editor', (context) => authorizePerson(uasam, context, 'edit', eventKeyOf));
}

function eventKeyOf(context: RequestContext): string {
  return parseKeys(context, ['event_id']).event_id;
}
