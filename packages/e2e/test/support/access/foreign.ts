import { minimalEvent, type Tenant } from '../tenant';
import { agentPath, sessionPath } from '../v2';
import type { Headers } from './people';

/** What a tenant's things are called. */
export interface Ids {
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKeyId: string;
  readonly sdkKeyId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly invitationId: string;
  readonly eventId: string;
}

export interface Request {
  readonly service?: 'brain';
  readonly headers?: Headers;
  readonly body?: object;
}

/** Method and path of a request, and the rest of it, by somebody who has `other` and names things by `named`. */
type RequestOf = (named: Ids, other: Tenant) => [route: string, Request];

export const eventsPath = (who: Pick<Tenant, 'agentId' | 'sessionId'>): string =>
  `/v2/agents${sessionPath(who)}/events`;

/** What another project's id in this place is answered, which is what an unknown one is. */
export const inBodies: Record<string, readonly [expected: string, (named: Ids) => object]> = {
  'POST /api/agent/v1/update/': [
    '404 agent_not_found',
    ({ agentId }) => ({ agent_id: agentId, agent_name: 'mine' }),
  ],
  'POST /api/agent/v1/deactivate/': ['404 agent_not_found', ({ agentId }) => ({ agent_id: agentId })],
  'POST /api/agent/v1/reactivate/': ['404 agent_not_found', ({ agentId }) => ({ agent_id: agentId })],
  'POST /api/agent/v1/agents/key/create/': [
    '404 agent_not_found_or_invalid_id',
    ({ agentId }) => ({ agent_id: agentId }),
  ],
  'POST /api/agent/v1/agents/key/add/': [
    '404 agent_not_found_or_invalid_id',
    ({ agentId }) => ({ agent_id: agentId }),
  ],
  'POST /api/agent/v1/agents/key/rotate/': [
    '404 agent_key_not_found',
    ({ agentKeyId }) => ({ agent_key_id: agentKeyId }),
  ],
  'POST /api/agent/v1/agents/key/revoke/': [
    '404 agent_key_not_found',
    ({ agentKeyId }) => ({ agent_key_id: agentKeyId }),
  ],
  'POST /api/project/v1/sdk/backend/key/rotate/': [
    '404 sdk_key_not_found',
    ({ sdkKeyId }) => ({ sdk_key_id: sdkKeyId }),
  ],
  'POST /api/project/v1/sdk/backend/key/revoke/': [
    '404 sdk_key_not_found',
    ({ sdkKeyId }) => ({ sdk_key_id: sdkKeyId }),
  ],
  'POST /api/agent/v1/session/end/': [
    '404 session_not_found',
    ({ sessionId }) => ({ session_id: sessionId }),
  ],
  'POST /api/agent/v1/session/revoke/': [
    '404 session_not_found',
    ({ sessionId }) => ({ session_id: sessionId }),
  ],
  'POST /api/agent/v1/session/revoke/?': [
    '404 agent_key_not_found',
    ({ agentKeyId }) => ({ agent_key_id: agentKeyId }),
  ],
  'POST /api/project/v1/members/privilege/': [
    '404 member_not_found',
    ({ userId }) => ({ user_id: userId, privilege: 1 }),
  ],
  'POST /api/project/v1/members/remove/': ['404 member_not_found', ({ userId }) => ({ user_id: userId })],
  'POST /api/project/v1/members/invite/revoke/': [
    '404 invitation_not_found',
    ({ invitationId }) => ({ invitation_id: invitationId }),
  ],
};

const byKey = (other: Tenant): Request => ({ service: 'brain', headers: { 'x-api-key': other.sdkKey } });

/** The same in queries, paths and headers, and in what other credentials than the Admin's send. */
export const elsewhere: Record<string, readonly [expected: string, RequestOf]> = {
  'the keys of an agent': [
    '404 agent_not_found_or_invalid_id',
    ({ agentId }) => [`GET /api/agent/v1/agents/key/list/?agent_id=${agentId}`, {}],
  ],
  'the manifest of an agent': [
    '404 agent_not_found',
    ({ agentId }) => [`GET /api/agent/v1/manifest/?agent_id=${agentId}`, {}],
  ],
  'the sessions of an agent': [
    '403 agent_not_found_or_no_access',
    ({ agentId }) => [`GET /api/agent/v1/sessions/list/?agent_id=${agentId}`, {}],
  ],
  'an agent in a header': [
    '404 agent_not_found',
    ({ agentId }, other) => [
      'POST /api/agent/v1/user/authenticate/',
      { headers: { ...other.reader, 'X-OTAS-AGENT-ID': agentId } },
    ],
  ],
  'a session beside an agent of his': [
    '404 session_not_found',
    ({ sessionId }, other) => [
      `GET /api/agent/v1/access/?agent_ref=agt_${other.agentId}&session_ref=ase_${sessionId}`,
      {},
    ],
  ],
  'who did something': ['allowed', ({ userId }) => [`GET /api/project/v1/audit/?principal_id=${userId}`, {}]],
  'to whom something was done': [
    'allowed',
    ({ agentId }) => [`GET /api/project/v1/audit/?target_id=${agentId}`, {}],
  ],
  'the session that an agent ends': [
    '400 invalid_request',
    ({ sessionId }, other) => [
      'POST /api/agent/v1/session/end/',
      { headers: other.agent, body: { session_id: sessionId } },
    ],
  ],
  'an agent that is read': [
    '404 agent_not_found',
    ({ agentId }, other) => [
      `GET /api/v1/agent/session/events/?session_id=${other.sessionId}`,
      { service: 'brain', headers: { ...other.reader, 'X-OTAS-AGENT-ID': agentId } },
    ],
  ],
  'a session that is read': [
    'allowed',
    ({ sessionId }) => [`GET /api/v1/agent/session/events/?session_id=${sessionId}`, { service: 'brain' }],
  ],
  'the timeline of a session': [
    'allowed',
    ({ sessionId }) => [`GET /api/v1/agent/session/timeline/?session_id=${sessionId}`, { service: 'brain' }],
  ],
  'the summary of a session': [
    'allowed',
    ({ sessionId }) => [`GET /api/v1/agent/session/summary/?session_id=${sessionId}`, { service: 'brain' }],
  ],
  'the project of an event': [
    '403 project_mismatch',
    ({ projectId }, other) => [
      'POST /api/v1/backend/log/agent/',
      { service: 'brain', headers: other.agent, body: minimalEvent({ projectId }) },
    ],
  ],
  'the project of a back end’s event': [
    '403 project_mismatch',
    ({ projectId }, other) => [
      'POST /api/v1/backend/log/sdk/',
      { service: 'brain', headers: other.backEnd, body: minimalEvent({ projectId }) },
    ],
  ],
  'a session in a path': [
    '404 session_not_found',
    ({ sessionId }, other) => [`GET /v2/agents${agentPath(other)}/sessions/ase_${sessionId}`, byKey(other)],
  ],
  'the events of a session': [
    '404 session_not_found',
    ({ sessionId }, other) => [
      `GET /v2/agents${agentPath(other)}/sessions/ase_${sessionId}/events`,
      byKey(other),
    ],
  ],
  'the session to which an agent writes': [
    '404 session_not_found',
    ({ sessionId }, other) => [
      `POST /v2/agents${agentPath(other)}/sessions/ase_${sessionId}/events`,
      { service: 'brain', headers: other.agent, body: { type: 'thinking' } },
    ],
  ],
  'an event': [
    '404 event_not_found',
    ({ eventId }, other) => [`GET ${eventsPath(other)}/${eventId}`, byKey(other)],
  ],
  'an event that is hidden': [
    '404 event_not_found',
    ({ eventId }, other) => [`POST ${eventsPath(other)}/${eventId}/hide`, byKey(other)],
  ],
  'an event that is deleted': [
    '404 event_not_found',
    ({ eventId }, other) => [`DELETE ${eventsPath(other)}/${eventId}`, byKey(other)],
  ],
};

/** Lists with a page of one, as their reader asks for them; where the next page's cursor is, and what it is called. */
export type List = readonly [refusal: string, service: 'uasam' | 'brain', path: (who: Tenant) => string];

export const lists: Record<string, List> = {
  'an agent’s keys': [
    '400 invalid_cursor',
    'uasam',
    (who) => `/api/agent/v1/agents/key/list/?agent_id=${who.agentId}`,
  ],
  sessions: ['400 invalid_cursor', 'uasam', (who) => `/api/agent/v1/sessions/list/?agent_id=${who.agentId}`],
  'the audit log': ['400 invalid_cursor', 'uasam', () => '/api/project/v1/audit/?x'],
  'agents that are reached': ['400 invalid_cursor', 'uasam', () => '/api/agent/v1/access/agents/?x'],
  'sessions that are reached': [
    '400 invalid_cursor',
    'uasam',
    (who) => `/api/agent/v1/access/sessions/?agent_ref=agt_${who.agentId}`,
  ],
  'a session’s calls': [
    '400 invalid_cursor',
    'brain',
    (who) => `/api/v1/agent/session/events/?session_id=${who.sessionId}`,
  ],
  'a timeline': [
    '400 invalid_cursor',
    'brain',
    (who) => `/api/v1/agent/session/timeline/?session_id=${who.sessionId}`,
  ],
  'agents, v2': ['400 invalid_request', 'brain', () => '/v2/agents?x'],
  'sessions, v2': ['400 invalid_request', 'brain', (who) => `/v2/agents${agentPath(who)}/sessions?x`],
  'agent events, v2': ['400 invalid_request', 'brain', (who) => `${eventsPath(who)}?x`],
};
