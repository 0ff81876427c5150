import { randomUUID } from 'node:crypto';
import { agentEventClient } from './support/agent-event-client';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { agentPath, bearer, expectV2Error, type Headers, sessionPath, v2Client } from './support/v2';
import { readEventPage, readOneEvent, readRecorded } from './support/v2-models';

let services: Services;
let tenant: Tenant;
let other: Tenant;
const { ask, record, readAll, url } = agentEventClient(
  () => services,
  () => tenant,
);
const { newSession } = v2Client(
  () => services,
  () => tenant,
);

beforeAll(async () => {
  services = await startServices({ REQUEST_MAX_BYTES: '100000' });
});
afterAll(() => services.stop());
beforeEach(async () => {
  [tenant, other] = [await makeTenant(services), await makeTenant(services)];
});

const at = (tail: string) => `${services.brain.url}/v2/agents${tail}`;
const unknownEvent = `aev_${randomUUID()}`;
const changes = [
  ['POST', `/${unknownEvent}/hide`],
  ['POST', `/${unknownEvent}/unhide`],
  ['DELETE', `/${unknownEvent}`],
] as const;

test('whoever may read the session reads its events: with each credential, and each header', async () => {
  const [event] = readRecorded(await record({ type: 'thinking' })).events;
  for (const credential of [tenant.sdkKey, tenant.agentKey, tenant.userToken]) {
    for (const headers of [{ 'x-api-key': credential }, bearer(credential)]) {
      expect(readEventPage(await ask('GET', '/', headers)).events).toEqual([event]);
      expect(readOneEvent(await ask('GET', `/${event?.id}/`, headers)).id).toBe(event?.id);
    }
  }
});

test('401 comes first, on every route', async () => {
  const bad: Headers[] = [{}, { 'x-api-key': 'otas_abc_def' }, bearer(`${tenant.userToken}x`), tenant.agent];
  for (const headers of bad) {
    for (const tail of ['', '?limit=0', '/nonsense', `/${unknownEvent}`])
      expectV2Error(await ask('GET', tail, headers), 401, 'unauthorized');
    for (const [method, tail] of changes)
      expectV2Error(await ask(method, tail, headers), 401, 'unauthorized');
  }
  const { 'X-OTAS-AGENT-KEY': key = '', 'X-OTAS-AGENT-SESSION-TOKEN': token = '' } = tenant.agent;
  const incomplete: Headers[] = [
    {},
    { 'X-OTAS-AGENT-KEY': key },
    { 'X-OTAS-AGENT-SESSION-TOKEN': token },
    { 'X-OTAS-AGENT-KEY': `${key}x`, 'X-OTAS-AGENT-SESSION-TOKEN': token },
    { 'X-OTAS-AGENT-KEY': key, 'X-OTAS-AGENT-SESSION-TOKEN': `${token}x` },
    { 'x-api-key': tenant.sdkKey },
  ];
  for (const headers of incomplete) {
    expectV2Error(await record('{', headers), 401, 'unauthorized');
    expectV2Error(await send('POST', at('/x/sessions/y/events'), headers, '{'), 401, 'unauthorized');
  }
});

test('400 for a path and a query of another form comes before what is not found', async () => {
  const key = { 'x-api-key': tenant.sdkKey };
  const faulty = [
    ['/agt_nowhere/sessions/ase_nowhere/events?limit=101', 'limit'],
    ['/agt_nowhere/sessions/ase_nowhere/events?page_key=nonsense', 'page_key'],
    ['/agt_nowhere/sessions/ase_nowhere/events?include_hidden=1', 'include_hidden'],
    ['/agt_nowhere/sessions/nowhere/events', 'session_key'],
    ['/agt_nowhere/sessions/ase_nowhere/events/aev_a.b', 'event_id'],
    [`/agt_nowhere/sessions/ase_nowhere/events/aev_${'x'.repeat(47)}`, 'event_id'],
  ] as const;
  for (const [path, field] of faulty) {
    expectV2Error(await send('GET', at(path), key), 400, 'invalid_request', {
      field_errors: { [field]: expect.any(String) },
    });
  }
  expectV2Error(
    await send('POST', at('/agt_nowhere/sessions/nowhere/events'), tenant.agent, '{'),
    400,
    'invalid_request',
  );
});

test('404, 403, 404 and again 404: agent, credential, session, event', async () => {
  const key = { 'x-api-key': tenant.sdkKey };
  const tails = ['', `/${unknownEvent}`];
  for (const tail of tails) {
    expectV2Error(
      await send('GET', at(`/agt_nowhere/sessions/ase_nowhere/events${tail}`), key),
      404,
      'agent_not_found',
      { id: 'agt_nowhere' },
    );
    expectV2Error(await send('GET', url(tail, other), key), 403, 'forbidden');
    expectV2Error(
      await send('GET', at(`${agentPath(tenant)}/sessions/ase_nowhere/events${tail}`), key),
      404,
      'session_not_found',
      { id: 'ase_nowhere' },
    );
  }
  for (const id of [unknownEvent, 'aev_nonsense'])
    expectV2Error(await ask('GET', `/${id}`), 404, 'event_not_found', { id });
  for (const [method, tail] of changes)
    expectV2Error(await ask(method, tail), 404, 'event_not_found', { id: unknownEvent });
  const post = (path: string, body: unknown = '{') => send('POST', at(path), tenant.agent, body);
  expectV2Error(await post('/agt_nowhere/sessions/ase_nowhere/events'), 404, 'agent_not_found', {
    id: 'agt_nowhere',
  });
  expectV2Error(await post(`${sessionPath(other)}/events`), 403, 'forbidden');
  expectV2Error(await post(`${agentPath(tenant)}/sessions/ase_nowhere/events`), 404, 'session_not_found', {
    id: 'ase_nowhere',
  });
});

test('an agent writes into the session of its token, and into no other', async () => {
  const second = await newSession({});
  const path = `${agentPath(tenant)}/sessions/ase_${second.agent_session_id}/events`;
  expectV2Error(await send('POST', at(path), tenant.agent, '{'), 403, 'forbidden');
  expect(await readAll()).toEqual([]);
});

test('an event of another session is not found in this one', async () => {
  const [event] = readRecorded(await record({ type: 'thinking' })).events;
  const second = await newSession({});
  const elsewhere = { ...tenant, sessionId: second.agent_session_id };
  const headers = { 'x-api-key': tenant.sdkKey };
  for (const [method, tail] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/hide'],
  ] as const) {
    expectV2Error(
      await send(method, url(`/${event?.id}${tail}`, elsewhere), headers),
      404,
      'event_not_found',
      { id: event?.id },
    );
  }
  expect(await readAll()).toEqual([event]);
});

test('only an Admin and an SDK key change the record', async () => {
  const [event] = readRecorded(await record({ type: 'thinking' })).events;
  const tails = [
    ['POST', '/hide'],
    ['POST', '/unhide'],
    ['DELETE', ''],
  ] as const;
  for (const [method, tail] of tails) {
    expectV2Error(await ask(method, `/${event?.id}${tail}`, bearer(tenant.agentKey)), 403, 'forbidden');
    expectV2Error(await ask(method, `/${unknownEvent}${tail}`, bearer(tenant.agentKey)), 403, 'forbidden');
    expectV2Error(await ask(method, `/${event?.id}${tail}`, bearer(other.sdkKey)), 403, 'forbidden');
  }
  expect(await readAll()).toEqual([event]);
});

test('one bad event refuses the request, and every fault is named', async () => {
  const good = { type: 'thinking' };
  const faultsOf = async (body: unknown) => {
    const answer = await record(body);
    expectV2Error(answer, 400, 'invalid_request');
    return Object.keys(answer.body.field_errors);
  };
  expect(await faultsOf({ type: 'tool_input', tool_name: 't', tool_input: {} })).toEqual(['tool_call_id']);
  expect(await faultsOf({ events: [good, good, good, { type: 'tool_input', tool_input: [] }] })).toEqual([
    'events[3].tool_call_id',
    'events[3].tool_name',
    'events[3].tool_input',
  ]);
  expect(await faultsOf({ events: [good, { type: 'speech' }, 5, { ...good, id: 'x' }] })).toEqual([
    'events[1].type',
    'events[2]',
    'events[3].id',
  ]);
  expect(await faultsOf({ ...good, created_at: '2020-01-01T00:00:00Z' })).toEqual(['created_at']);
  expect(await faultsOf({ events: [{ ...good, created_at: '2036-01-01T00:00:00Z' }] })).toEqual([
    'events[0].created_at',
  ]);
  expect(await faultsOf({ ...good, id: 'aev_01890000-0000-7000-8000-000000000000' })).toEqual(['id']);
  for (const events of [[], {}, 'x', null, Array(501).fill(good)])
    expect(await faultsOf({ events })).toEqual(['events']);
  expect(await faultsOf({})).toEqual(['type']);
  for (const text of ['{', '[]', '"x"', 'null', '\ufffe']) expect(await faultsOf(text)).toEqual(['body']);
  expect(await faultsOf({ events: Array(500).fill({}) })).toHaveLength(100);
  expect(await readAll()).toEqual([]);
});

test('a page key is of its own session and filter, as it was given', async () => {
  await record({ events: [{ type: 'thinking' }, { type: 'thinking' }] });
  const key = readEventPage(await ask('GET', '?limit=1')).metadata.page_key ?? '';
  const second = await newSession({});
  const elsewhere = { ...tenant, sessionId: second.agent_session_id };
  const sdkKey = { 'x-api-key': tenant.sdkKey };
  const refused = [
    await send('GET', url(`?page_key=${key}`, elsewhere), sdkKey),
    await ask('GET', `?page_key=${key}&include_hidden=true`),
    await ask('GET', `?page_key=${key.slice(0, -1)}`),
    await ask('GET', `?page_key=${key.slice(0, 40)}${key[40] === 'A' ? 'B' : 'A'}${key.slice(41)}`),
    await ask('GET', '?page_key='),
  ];
  for (const answer of refused)
    expectV2Error(answer, 400, 'invalid_request', { field_errors: { page_key: expect.any(String) } });
  expect(readEventPage(await ask('GET', `?limit=1&page_key=${key}`)).events).toHaveLength(1);
});

test('405 and 413 have the same form', async () => {
  expectV2Error(await ask('PUT'), 405, 'method_not_allowed');
  expectV2Error(await ask('POST', `/${unknownEvent}`), 405, 'method_not_allowed');
  expectV2Error(await ask('GET', `/${unknownEvent}/hide`), 405, 'method_not_allowed');
  const answer = await record({ type: 'thinking', content: 'x'.repeat(100_000) });
  expectV2Error(answer, 413, 'payload_too_large');
});

test('who reads too often with one credential is told when to come again', async () => {
  const limited = await startServices({ V2_READS_PER_CREDENTIAL_PER_MINUTE: '3' });
  try {
    const asker = await makeTenant(limited);
    const get = (headers: Headers) =>
      send('GET', `${limited.brain.url}/v2/agents${sessionPath(asker)}/events`, headers);
    const key = { 'x-api-key': asker.sdkKey };
    for (let times = 0; times < 3; times++) expect((await get(key)).status).toBe(200);
    const answer = await get(key);
    expectV2Error(answer, 429, 'rate_limit_exceeded');
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    for (const spelled of [`Bearer ${asker.sdkKey}`, `bearer  ${asker.sdkKey} `]) {
      expectV2Error(await get({ authorization: spelled }), 429, 'rate_limit_exceeded');
    }
    expect((await get(bearer(asker.userToken))).status).toBe(200);
    const posted = await send(
      'POST',
      `${limited.brain.url}/v2/agents${sessionPath(asker)}/events`,
      asker.agent,
      {
        type: 'thinking',
      },
    );
    expect(posted.status).toBe(201);
  } finally {
    await limited.stop();
  }
});

test('while ClickHouse is away, events are taken and reads are 503', async () => {
  const away = await startServices({
    CLICKHOUSE_URL: 'http://127.0.0.1:1',
    CAPTURE_VISIBLE_WAIT_MS: '50',
    LOG_LEVEL: 'silent',
  });
  try {
    const asker = await makeTenant(away);
    const events = `${away.brain.url}/v2/agents${sessionPath(asker)}/events`;
    readRecorded(await send('POST', events, asker.agent, { type: 'thinking', id: unknownEvent }));
    for (const tail of ['', `/${unknownEvent}`]) {
      const answer = await send('GET', events + tail, { 'x-api-key': asker.sdkKey });
      expectV2Error(answer, 503, 'service_unavailable');
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    }
  } finally {
    await away.stop();
  }
});
