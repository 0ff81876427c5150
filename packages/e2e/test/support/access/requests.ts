import { randomUUID } from 'node:crypto';
import { httpSpanRequest } from '../spans';
import { minimalEvent } from '../tenant';
import type { Caller } from './callers';
import { invite, logIn, type Person, password, post } from './people';
import { addAgentKey, addSdkKey, makeAgent, type World } from './world';

/** What is sent to a route beside the caller's headers. */
export interface Parts {
  /** What is named in the path, where it is not the caller's own. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Beside those of the caller. */
  readonly headers?: Readonly<Record<string, string>>;
}

type MaybePromise<T> = T | Promise<T>;

export interface RouteRequest {
  /** What each caller sends: nothing is wrong with it but, perhaps, who sends it. It is made anew for each. */
  parts(caller: Caller): MaybePromise<Parts>;
  /** Puts right what the route has changed for those that are asked after it. */
  after?(callers: readonly Caller[]): Promise<unknown>;
}

export type RouteRequests = Readonly<Record<string, (world: World) => RouteRequest>>;

const none = (): RouteRequest => ({ parts: () => ({}) });
const body = (value: unknown) => (): RouteRequest => ({ parts: () => ({ body: value }) });
const sent =
  (make: (caller: Caller, world: World) => MaybePromise<Parts>) =>
  (world: World): RouteRequest => ({ parts: (caller) => make(caller, world) });
/** Something that one caller may use up, made once for all of them. */
const once =
  (make: (world: World) => Promise<object>) =>
  (world: World): RouteRequest => {
    const made = make(world);
    return { parts: async () => ({ body: await made }) };
  };

const ofAgent = sent(({ place }) => ({ query: { agent_id: place.agentId } }));
const spare = sent((_caller, { otherAgent }) => ({ body: { agent_id: otherAgent.id } }));
const updated = sent((_caller, { otherAgent }) => ({
  body: { agent_id: otherAgent.id, agent_description: 'spare' },
}));
const ofSession = sent(({ place }) => ({ query: { session_id: place.sessionId } }));
const days = (): RouteRequest => ({
  parts: () => ({ query: { start_date: '2026-01-01', end_date: '2026-01-02' } }),
});
/** Of a day without events: an empty answer. */
const exportedEvents = (): RouteRequest => ({
  parts: () => ({
    query: { format: 'ndjson', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' },
  }),
});
const newAgent = async ({ services, owner }: World): Promise<string> => (await makeAgent(services, owner)).id;
const newSession = async ({ services, tenant }: World): Promise<string> => {
  const key = { 'X-OTAS-AGENT-KEY': tenant.agentKey };
  return (await post(services, '/api/agent/v1/session/create/', key, {})).response.agent_session_id;
};
/** What is deleted is made anew for each who asks for the things of the project. */
const spareInPath = (name: string, make: (world: World) => Promise<string>) =>
  sent(async ({ place }, world) =>
    place.agentId === world.place.agentId ? { path: { [name]: await make(world) } } : {},
  );
const event = sent(({ place }) => ({ body: minimalEvent(place) }));
const exported = (): RouteRequest => ({
  parts: () => ({ body: httpSpanRequest(), headers: { 'Content-Type': 'application/json' } }),
});
const batch = sent(({ place }) => ({ body: { events: [minimalEvent(place)] } }));
const userFields = { first_name: 'Ada', last_name: 'Test' };
const accessRefs = sent(({ place }) => ({
  query: { agent_ref: `agt_${place.agentId}`, session_ref: `ase_${place.sessionId}` },
}));

/** By method and path, in the order in which they are asked. */
export const brainRequests: RouteRequests = {
  'GET /healthz': none,
  'GET /readyz': none,
  'GET /openapi.json': none,
  'GET /docs': none,
  'GET /docs/{file}': sent(() => ({ path: { file: 'start.js' } })),
  'POST /api/v1/backend/log/agent/': event,
  'POST /api/v1/backend/log/agent/batch/': batch,
  'POST /api/v1/backend/log/sdk/': event,
  'POST /api/v1/backend/log/sdk/batch/': batch,
  'POST /v1/traces': exported,
  'GET /api/v1/project/capture/': none,
  'GET /api/v1/project/capture/dead/': none,
  'POST /api/v1/project/capture/dead/replay/': none,
  'GET /api/v1/agent/session/events/': ofSession,
  'GET /api/v1/agent/session/timeline/': ofSession,
  'GET /api/v1/agent/session/summary/': ofSession,
  'GET /api/v1/export/': exportedEvents,
  'GET /api/v1/agent/path-timeseries/': days,
  'GET /api/v1/agent/latency-percentiles/': days,
  'GET /api/v1/agent/error-count/': days,
  'GET /v2/agents': none,
  'GET /v2/agents/{agent_key}': none,
  'GET /v2/agents/{agent_key}/sessions': none,
  'GET /v2/agents/{agent_key}/sessions/{session_key}': none,
  'GET /v2/agents/{agent_key}/sessions/{session_key}/events': none,
  'POST /v2/agents/{agent_key}/sessions/{session_key}/events': body({ type: 'thinking' }),
  'GET /v2/agents/{agent_key}/sessions/{session_key}/events/{event_id}': none,
  'POST /v2/agents/{agent_key}/sessions/{session_key}/events/{event_id}/hide': none,
  'POST /v2/agents/{agent_key}/sessions/{session_key}/events/{event_id}/unhide': none,
  'DELETE /v2/agents/{agent_key}': spareInPath('agent_key', async (world) => `agt_${await newAgent(world)}`),
  'DELETE /v2/agents/{agent_key}/sessions/{session_key}': spareInPath(
    'session_key',
    async (world) => `ase_${await newSession(world)}`,
  ),
  // Each caller comes to an event of its own.
  'DELETE /v2/agents/{agent_key}/sessions/{session_key}/events/{event_id}': none,
};

/** Those tokens end that have been sent; who may log in does so again. */
const endingTokens =
  (value: unknown) =>
  ({ services }: World): RouteRequest => ({
    parts: () => ({ body: value }),
    after: (callers) => Promise.all(peopleIn(callers).map((person) => logIn(services, person))),
  });

const peopleIn = (callers: readonly Caller[]): Person[] =>
  callers.flatMap(({ person }) => (person === null ? [] : [person]));

const project = '/api/project/v1';
const agent = '/api/agent/v1';
const keys = `${project}/sdk/backend/key`;

/** The same for UASAM; what ends the things of the others comes last. */
export const uasamRequests: RouteRequests = {
  'GET /healthz': none,
  'GET /readyz': none,
  'GET /openapi.json': none,
  'GET /docs': none,
  'GET /docs/{file}': sent(() => ({ path: { file: 'start.js' } })),
  'GET /.well-known/jwks.json': none,
  'POST /api/user/v1/create/': sent(() => ({
    body: { ...userFields, email: `${randomUUID()}@example.com`, password },
  })),
  'POST /api/user/v1/login/': sent((_caller, { people }) => ({
    body: { email: people.stranger.email, password },
  })),
  'POST /api/user/v1/authenticate/': none,
  'PUT /api/user/v1/edit/': body(userFields),
  'POST /api/user/v1/edit/': body(userFields),
  [`POST ${project}/create/`]: body({ project_name: 'another' }),
  [`GET ${project}/list/`]: none,
  [`PUT ${project}/update/`]: body({ project_domain: 'example.com' }),
  [`POST ${project}/retention/`]: body({ retention_days: 0 }),
  [`POST ${project}/update/`]: body({ project_domain: 'example.org' }),
  [`POST ${project}/authenticate/`]: none,
  'POST /api/user-project/v1/authenticate/': none,
  [`GET ${project}/audit/`]: none,
  [`GET ${project}/audit/verify/`]: none,
  [`GET ${project}/members/list/`]: none,
  [`POST ${project}/members/invite/`]: sent(() => ({ body: { email: `${randomUUID()}@example.com` } })),
  [`POST ${project}/members/invite/revoke/`]: once(async ({ services, owner }) => ({
    invitation_id: (await invite(services, owner, `${randomUUID()}@example.com`)).id,
  })),
  [`POST ${project}/members/accept/`]: sent(async ({ person }, { services, side }) => ({
    body: { token: (await invite(services, side, person?.email ?? 'nobody@example.com')).token },
  })),
  [`POST ${project}/members/privilege/`]: sent((_caller, { people }) => ({
    body: { user_id: people.member.id, privilege: 2 },
  })),
  [`POST ${project}/members/remove/`]: sent((_caller, { people }) => ({
    body: { user_id: people.loggedOut.id },
  })),
  [`POST ${keys}/create/`]: body({ validity: 1 }),
  [`POST ${keys}/rotate/`]: once(async (world) => ({ sdk_key_id: (await addSdkKey(world)).id })),
  [`GET ${keys}/list/`]: none,
  [`POST ${keys}/revoke/`]: once(async (world) => ({ sdk_key_id: (await addSdkKey(world)).id })),
  [`POST ${keys}/authenticate/`]: none,
  [`POST ${agent}/create/`]: body({ agent_name: 'agent', agent_provider: 'test' }),
  [`GET ${agent}/list/`]: none,
  [`PUT ${agent}/update/`]: updated,
  [`POST ${agent}/update/`]: updated,
  [`POST ${agent}/auth/verify/`]: none,
  [`POST ${agent}/user/authenticate/`]: none,
  [`GET ${agent}/manifest/`]: ofAgent,
  [`GET ${agent}/agents/key/list/`]: ofAgent,
  [`POST ${agent}/agents/key/add/`]: spare,
  [`POST ${agent}/agents/key/rotate/`]: once(async (world) => ({
    agent_key_id: (await addAgentKey(world)).id,
  })),
  [`POST ${agent}/agents/key/revoke/`]: once(async (world) => ({
    agent_key_id: (await addAgentKey(world)).id,
  })),
  [`GET ${agent}/access/`]: accessRefs,
  [`GET ${agent}/access/agents/`]: none,
  [`GET ${agent}/access/sessions/`]: sent(({ place }) => ({ query: { agent_ref: `agt_${place.agentId}` } })),
  [`POST ${agent}/session/create/`]: body({}),
  [`GET ${agent}/sessions/list/`]: ofAgent,
  'POST /internal/v1/authorize/': sent((_caller, { tenant }) => ({
    body: { credential: { kind: 'agent_key', value: tenant.agentKey }, action: 'identify' },
  })),
  'GET /internal/v1/revocations/': none,
  'GET /internal/v1/retention/': none,
  'GET /internal/v1/erasures/': none,
  'POST /internal/v1/erasures/done/': once(async ({ services, otherTenant }) => {
    const admin = { 'X-OTAS-USER-TOKEN': otherTenant.userToken };
    const made = await post(services, `${project}/create/`, admin, { project_name: 'gone' });
    const { id } = made.response_body.project;
    const headers = { ...admin, 'X-OTAS-PROJECT-ID': id };
    const deleted = await post(services, `${project}/delete/`, headers, { project_name: 'gone' });
    return { id: deleted.response_body.erasure.id, erased: {} };
  }),

  [`POST ${agent}/session/end/`]: sent(({ place }) => ({ body: { session_id: place.sessionId } })),
  [`POST ${agent}/session/revoke/`]: sent(({ place }) => ({ body: { session_id: place.sessionId } })),
  [`POST ${agent}/session/delete/`]: sent(async (_caller, world) => ({
    body: { session_id: await newSession(world) },
  })),
  [`POST ${agent}/delete/`]: sent(async (_caller, world) => ({ body: { agent_id: await newAgent(world) } })),
  [`POST ${agent}/agents/key/create/`]: spare,
  [`POST ${agent}/deactivate/`]: spare,
  [`POST ${agent}/reactivate/`]: spare,
  'PUT /api/user/v1/reset-password/update/': endingTokens({ password }),
  'POST /api/user/v1/reset-password/update/': endingTokens({ password }),
  'POST /api/user/v1/logout-everywhere/': endingTokens({}),
  [`POST ${project}/deactivate/`]: ({ services, owner }) => ({
    parts: () => ({}),
    after: () => post(services, `${project}/reactivate/`, owner, {}),
  }),
  [`POST ${project}/reactivate/`]: none,
  [`POST ${project}/delete/`]: body({ project_name: 'test' }),
};
