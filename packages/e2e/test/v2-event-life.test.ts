import { randomUUID } from 'node:crypto';
import { agentEventClient } from './support/agent-event-client';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { bearer, v2Client } from './support/v2';
import { readEventPage, readOneEvent, readRecorded } from './support/v2-models';

let services: Services;
let tenant: Tenant;
const { ask, record, readAll } = agentEventClient(
  () => services,
  () => tenant,
);
const { newAgent, newSession } = v2Client(
  () => services,
  () => tenant,
);

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

test('the same id is the same event, with whatever it comes again, and is answered as it was recorded', async () => {
  const id = `aev_${randomUUID()}`;
  const first = readRecorded(await record({ type: 'thinking', id, content: 'first' })).events[0];
  const again = [
    { type: 'thinking', id, content: 'second' },
    { type: 'agent_output', id, content: 'third', created_at: '2026-10-01T10:00:00Z' },
    { type: 'thinking', id: id.toUpperCase().replace('AEV', 'aev') },
  ];
  for (const body of again) expect(readRecorded(await record(body)).events).toEqual([first]);
  expect(readRecorded(await record({ events: again })).events).toEqual([first, first, first]);
  const page = readEventPage(await ask('GET'));
  expect([page.events, page.metadata]).toEqual([[first], { total_count: 1 }]);
});

test('the same id in another project is another event', async () => {
  const id = `aev_${randomUUID()}`;
  await record({ type: 'thinking', id, content: 'mine' });
  tenant = await makeTenant(services);
  await record({ type: 'thinking', id, content: 'yours' });
  expect((await readAll()).map(({ content }) => content)).toEqual(['yours']);
});

test('the same id in another session is another event: no 201 is for one that is elsewhere', async () => {
  const id = `aev_${randomUUID()}`;
  await record({ type: 'thinking', id, content: 'in the first' });
  const { agent_session_id, jwt_token } = await newSession({});
  tenant = {
    ...tenant,
    sessionId: agent_session_id,
    agent: { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': jwt_token },
  };
  for (let times = 0; times < 2; times++) {
    await record({ type: 'thinking', id, content: 'in the second', created_at: undefined });
    expect((await readAll()).map(({ content }) => content)).toEqual(['in the second']);
  }
  expect(readOneEvent(await ask('GET', `/${id}`)).content).toBe('in the second');
});

test('hiding, showing and deleting, each seen by the next read', async () => {
  const { events } = readRecorded(
    await record({ events: ['a', 'b', 'c'].map((content) => ({ type: 'thinking', content })) }),
  );
  const [a, b, c] = events.map(({ id }) => id);
  const ids = async (query = '') => {
    const page = readEventPage(await ask('GET', query));
    return [page.events.map(({ id }) => id), page.metadata.total_count];
  };
  expect(await ids()).toEqual([[a, b, c], 3]);
  const hidden = readOneEvent(await ask('POST', `/${b}/hide`));
  expect(hidden).toMatchObject({ id: b, content: 'b', hidden: true });
  expect(readOneEvent(await ask('POST', `/${b}/hide`))).toEqual(hidden);
  expect(await ids()).toEqual([[a, c], 2]);
  expect(await ids('?include_hidden=true')).toEqual([[a, b, c], 3]);
  expect(readOneEvent(await ask('GET', `/${b}`))).toEqual(hidden);
  const user = bearer(tenant.userToken);
  expect(readOneEvent(await ask('POST', `/${b}/unhide`, user))).not.toHaveProperty('hidden');
  expect(await ids()).toEqual([[a, b, c], 3]);
  const deleted = await ask('DELETE', `/${c}`, user);
  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect(await ids('?include_hidden=true')).toEqual([[a, b], 2]);
  for (const [method, tail] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/hide'],
    ['POST', '/unhide'],
  ] as const)
    expect((await ask(method, `/${c}${tail}`)).body).toMatchObject({ code: 'event_not_found', id: c });
});

test('a deleted event that is sent again stays deleted, and the account tells', async () => {
  const sent = { type: 'thinking', id: `aev_${randomUUID()}` };
  await record({ events: [sent, { type: 'thinking' }] });
  await ask('DELETE', `/${sent.id}`);
  readRecorded(await record({ ...sent, created_at: '2026-10-01T10:00:00Z' }));
  expect(await readAll()).toHaveLength(1);
  const account = await send('GET', `${services.brain.url}/api/v1/project/capture/`, tenant.reader);
  expect(account.body.response).toMatchObject({
    accepted: 1,
    stored: 1,
    waiting: 0,
    dead: 0,
    deleted: 1,
    duplicate: 1,
  });
});

test('the account counts both kinds of events together', async () => {
  await record({ events: [{ type: 'thinking' }, { type: 'thinking' }] });
  await record({ type: 'nonsense' });
  const backend = {
    project_id: tenant.projectId,
    path: '/a',
    method: 'GET',
    status_code: 200,
    latency_ms: 1,
  };
  await send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, tenant.agent, backend);
  const account = await send('GET', `${services.brain.url}/api/v1/project/capture/`, tenant.reader);
  expect(account.body.response).toMatchObject({
    accepted: 3,
    stored: 3,
    duplicate: 0,
    rejected: 1,
    deleted: 0,
  });
});

test('pages of every size hold every event once; total_count is that of the session on each', async () => {
  const sent = Array.from({ length: 45 }, (_, at) => ({ type: 'thinking', content: String(at) }));
  await record({ events: sent });
  const expected = sent.map(({ content }) => content);
  for (const limit of [1, 7, 20, 44, 45, 46, 100])
    expect((await readAll(limit)).map(({ content }) => content)).toEqual(expected);
  const page = readEventPage(await ask('GET'));
  expect([page.events.length, page.metadata.total_count]).toEqual([20, 45]);
  const last = readEventPage(await ask('GET', `?limit=45`));
  expect(last.metadata).toEqual({ total_count: 45 });
});

test('a page key after which everything was deleted gives an empty page', async () => {
  const { events } = readRecorded(await record({ events: [{ type: 'thinking' }, { type: 'thinking' }] }));
  const { metadata } = readEventPage(await ask('GET', '?limit=1'));
  await ask('DELETE', `/${events[1]?.id}`);
  const page = readEventPage(await ask('GET', `?limit=1&page_key=${metadata.page_key}`));
  expect([page.events, page.metadata]).toEqual([[], { total_count: 1 }]);
});

test('keys of one’s own work, and events carry that of the session', async () => {
  const agent = await newAgent('agt_scout');
  const session = await newSession({ session_ref: 'ase_first-run' }, agent.agent_key.api_key);
  const headers = {
    'X-OTAS-AGENT-KEY': agent.agent_key.api_key,
    'X-OTAS-AGENT-SESSION-TOKEN': session.jwt_token,
  };
  const base = `${services.brain.url}/v2/agents`;
  const own = `${base}/agt_scout/sessions/ase_first-run/events`;
  const recorded = readRecorded(await send('POST', `${own}/`, headers, { type: 'thinking' }));
  expect(recorded.session_key).toBe('ase_first-run');
  const derived = `${base}/agt_${agent.agent.id}/sessions/ase_${session.agent_session_id}/events`;
  for (const url of [own, derived]) {
    const page = readEventPage(await send('GET', url, { 'x-api-key': tenant.sdkKey }));
    expect(page.events.map((event) => event.session_key)).toEqual(['ase_first-run']);
  }
});
