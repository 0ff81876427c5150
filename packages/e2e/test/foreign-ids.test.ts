import { randomUUID } from 'node:crypto';
import {
  elsewhere,
  eventsPath,
  type Ids,
  inBodies,
  type List,
  lists,
  type Request,
} from './support/access/foreign';
import { addMember, type Headers, invite } from './support/access/people';
import { headersOf } from './support/access/world';
import { type Answer, send } from './support/http';
import { outcomeOf } from './support/revoked';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
/** Who tries: an Admin, an agent and a back end of another project. */
let other: Tenant;
let ids: Ids;
beforeAll(async () => {
  services = await startServices();
  [tenant, other] = [await makeTenant(services), await makeTenant(services)];
  const member = await addMember(services, headersOf(tenant), 2);
  const invitation = await invite(services, headersOf(tenant), 'new@example.com');
  await fill(tenant);
  await fill(other);
  const { events } = (await brainGet(eventsPath(tenant), { 'x-api-key': tenant.sdkKey })).body;
  const eventId = events[0].id;
  const { projectId, agentId, agentKeyId, sdkKeyId, sessionId } = tenant;
  ids = {
    ...{ projectId, agentId, agentKeyId, sdkKeyId, sessionId, eventId },
    ...{ userId: member.id, invitationId: invitation.id },
  };
});
afterAll(() => services.stop());

const brainGet = (path: string, headers: Headers): Promise<Answer> =>
  send('GET', `${services.brain.url}${path}`, headers);

/** Two of all that is listed. */
async function fill(who: Tenant): Promise<void> {
  const [uasam, brain] = [services.uasam.url, services.brain.url];
  const answers = [
    await send('POST', `${uasam}/api/agent/v1/create/`, who.reader, {
      agent_name: 'two',
      agent_provider: 'test',
    }),
    await send('POST', `${uasam}/api/agent/v1/agents/key/add/`, who.reader, { agent_id: who.agentId }),
    await send('POST', `${uasam}/api/agent/v1/session/create/`, who.agent, {}),
    await send('POST', `${brain}/api/v1/backend/log/agent/`, who.agent, minimalEvent(who)),
    await send('POST', `${brain}/api/v1/backend/log/agent/`, who.agent, minimalEvent(who)),
    await send('POST', `${brain}${eventsPath(who)}`, who.agent, {
      events: [{ type: 'thinking' }, { type: 'thinking' }],
    }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 200, 201, 201, 201]);
}

const unknownIds = (): Ids => ({
  ...{ projectId: randomUUID(), agentId: randomUUID(), agentKeyId: randomUUID(), sdkKeyId: randomUUID() },
  ...{ sessionId: randomUUID(), userId: randomUUID(), invitationId: randomUUID() },
  eventId: `aev_${randomUUID()}`,
});

/** Sends as the other tenant, his Admin unless other headers are given. */
function ask(route: string, { service, headers, body }: Request): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  return send(method, `${services[service ?? 'uasam'].url}${path}`, { ...(headers ?? other.reader) }, body);
}

/** What was answered, without what differs from request to request. */
function shownOf(answer: Answer, named: Ids): [string, string] {
  const secret = Object.values(named).flatMap((id) => [id, id.replaceAll('-', '')]);
  const text = secret.reduce((left, id) => left.replaceAll(id, '<id>'), answer.text);
  return [outcomeOf(answer), text.replace(/"request_id":"[0-9a-f]{32}"/, '')];
}

/** All that the tenant has and that could have been changed or told. */
async function stateOf(who: Tenant): Promise<unknown> {
  const uasam = (path: string) => send('GET', `${services.uasam.url}${path}`, who.reader);
  const { head } = (await uasam('/api/project/v1/audit/verify/')).body.response_body;
  const { sessions } = (await uasam(`/api/agent/v1/sessions/list/?agent_id=${who.agentId}`)).body.response;
  const agentEvents = await brainGet(`${eventsPath(who)}?include_hidden=true`, {
    'x-api-key': who.sdkKey,
  });
  return { head, sessions, events: await readSession(services, who), agentEvents: agentEvents.body };
}

describe('the id of another project’s thing is answered like one that is not known, and nothing is changed', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await stateOf(tenant);
  });
  afterAll(async () => expect(await stateOf(tenant)).toEqual(before));

  async function expectAlike(
    expected: string,
    requestOf: (named: Ids, other: Tenant) => [string, Request],
  ): Promise<void> {
    const unknown = unknownIds();
    const [strange, foreign] = [await ask(...requestOf(unknown, other)), await ask(...requestOf(ids, other))];
    expect(shownOf(foreign, ids)).toEqual(shownOf(strange, unknown));
    expect(outcomeOf(foreign)).toBe(expected);
  }

  test.each(Object.keys(inBodies))('in the body of %s', async (route) => {
    const [expected, bodyOf] = inBodies[route] as (typeof inBodies)[string];
    await expectAlike(expected, (named) => [route, { body: bodyOf(named) }]);
  });

  test.each(Object.keys(elsewhere))('as %s', async (what) => {
    const [expected, requestOf] = elsewhere[what] as (typeof elsewhere)[string];
    await expectAlike(expected, requestOf);
  });
});

test.each(Object.keys(lists))('a cursor of another project’s list of %s is none', async (name) => {
  const [refusal, service, path] = lists[name] as List;
  const get = (who: Tenant, query: string) => {
    const headers = { ...who.reader, 'x-api-key': who.userToken };
    return send('GET', `${services[service].url}${path(who)}&limit=1${query}`, headers);
  };
  const cursorOf = async (who: Tenant): Promise<string> => {
    const { response, response_body: body, metadata, next_cursor: cursor } = (await get(who, '')).body;
    return (
      response?.next_cursor ??
      body?.next_cursor ??
      cursor ??
      metadata?.page_key ??
      `none in the list of ${name}`
    );
  };
  const parameter = path(tenant).startsWith('/v2/') ? 'page_key' : 'cursor';
  const [theirs, own] = [await cursorOf(tenant), await cursorOf(other)];
  expect(outcomeOf(await get(other, `&${parameter}=${own}`))).toBe('allowed');
  const [foreign, garbage] = [
    await get(other, `&${parameter}=${theirs}`),
    await get(other, `&${parameter}=garbage`),
  ];
  expect(outcomeOf(foreign)).toBe(refusal);
  expect(shownOf(foreign, ids)).toEqual(shownOf(garbage, ids));
});

test('an invitation into another project is good for nobody else', async () => {
  const { token } = await invite(services, headersOf(tenant), 'somebody@example.com');
  const accept = (given: string) => ask('POST /api/project/v1/members/accept/', { body: { token: given } });
  const unknown = token.replace(/[^_]+$/, (secret) => 'A'.repeat(secret.length));
  const [foreign, strange] = [await accept(token), await accept(unknown)];
  expect(outcomeOf(foreign)).toBe('404 invitation_not_found');
  expect(foreign.text).toBe(strange.text);
});

test('an event that has the id of another project’s is another event, and both are there', async () => {
  const eventId = randomUUID();
  const log = `${services.brain.url}/api/v1/backend/log/agent/`;
  for (const who of [tenant, other]) {
    const body = { ...minimalEvent(who), event_id: eventId, path: `/of/${who.projectId}` };
    expect((await send('POST', log, who.agent, body)).status).toBe(201);
  }
  for (const who of [tenant, other]) {
    const found = (await readSession(services, who)).filter((event) => event.event_id === eventId);
    expect(found.map((event) => event.path)).toEqual([`/of/${who.projectId}`]);
  }
});
