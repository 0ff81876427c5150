import { randomUUID } from 'node:crypto';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { sessionPath } from './support/v2';

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices({ EXPORTS_PER_PROJECT_MAX: '1' });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const exportPath = '/api/v1/export/';

function get(query: Record<string, string>, headers = tenant.reader): Promise<Response> {
  return fetch(`${services.brain.url}${exportPath}?${new URLSearchParams(query)}`, { headers });
}

/** The lines of an NDJSON export, parsed. */
async function exported(query: Record<string, string> = {}): Promise<Answer['body'][]> {
  const response = await get({ format: 'ndjson', ...query });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = (await response.text()).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

async function log(count: number, of = tenant, more: object = {}): Promise<void> {
  const url = `${services.brain.url}/api/v1/backend/log/agent/batch/`;
  const events = Array.from({ length: count }, (_, at) => ({
    ...minimalEvent(of),
    event_id: randomUUID(),
    request_body: `"é",\n${at}`,
    ...more,
  }));
  const answer = await send('POST', url, of.agent, { events });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
}

async function newSession(): Promise<Tenant> {
  const url = `${services.uasam.url}/api/agent/v1/session/create/`;
  const { body } = await send('POST', url, tenant.agent, {});
  const { agent_session_id: sessionId, jwt_token: token } = body.response;
  return { ...tenant, sessionId, agent: { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': token } };
}

test('an export has every event of the agent once, as it is read elsewhere, by session and time', async () => {
  const other = await newSession();
  await log(30);
  await log(20, other);
  await log(5, await makeTenant(services));
  const events = await exported();
  expect(events).toHaveLength(50);
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(50);
  for (const one of [tenant, other]) {
    const read = await readSession(services, one);
    const found = await exported({ session_id: one.sessionId });
    expect(found).toEqual(events.filter((event) => event.agent_session_id === one.sessionId));
    const byId = new Map(read.map((event) => [event.event_id, event]));
    expect(found).toHaveLength(byId.size);
    for (const event of found) {
      const { event_time: time, request_body: body, latency_ms: latency } = byId.get(event.event_id) ?? {};
      const shown = [event.event_time.replace('Z', '+00:00'), event.request_body, event.latency_ms];
      expect(shown).toEqual([time, body, latency]);
    }
  }
});

test('it goes on behind any of its lines, in NDJSON and in CSV', async () => {
  await log(25);
  await log(25, await newSession());
  const events = await exported();
  for (const at of [0, 24, 25, 48]) {
    expect(await exported({ cursor: events[at]?.cursor })).toEqual(events.slice(at + 1));
    const rest = await (await get({ format: 'csv', cursor: events[at]?.cursor })).text();
    // Each record begins with an id and ends with its cursor.
    const ids = [...rest.matchAll(/_([0-9a-f-]{36})"\n/g)].map(([, id]) => id);
    expect(ids).toEqual(events.slice(at + 1).map(({ event_id: id }) => id));
  }
  expect(await exported({ cursor: events.at(-1)?.cursor })).toEqual([]);
});

test('a range has its begin and not its end', async () => {
  await log(10);
  const events = await exported();
  const [from, until] = [events[3]?.event_time, events[7]?.event_time];
  const inside = events.filter((event) => event.event_time >= from && event.event_time < until);
  expect(await exported({ from, until })).toEqual(inside);
  expect(await exported({ from: '2200-01-01T00:00:00Z' })).toEqual([]);
  expect(await exported({ until: '0001-01-01T00:00:00Z' })).toEqual([]);
});

test('CSV begins with the names of its columns, and Parquet is one file with all of it', async () => {
  await log(3);
  const csv = await get({ format: 'csv' });
  expect([csv.status, csv.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const text = await csv.text();
  expect(text).toMatch(/^event_id,event_time,project_id,.*,created_at,cursor\n"/);
  expect(text).toContain('"""é"",\n1"');
  const parquet = await get({ format: 'parquet' });
  const type = 'application/vnd.apache.parquet';
  expect([parquet.status, parquet.headers.get('content-type')]).toEqual([200, type]);
  const bytes = Buffer.from(await parquet.arrayBuffer());
  expect([bytes.subarray(0, 4), bytes.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1']);
});

test('agent events are exported too, without the hidden and the deleted ones', async () => {
  const url = `${services.brain.url}/v2/agents${sessionPath(tenant)}/events`;
  const ids: string[] = [];
  for (const content of ['one', 'two', 'three']) {
    const { body } = await send('POST', url, tenant.agent, { type: 'thinking', content });
    ids.push(body.id ?? body.events[0].id);
  }
  const admin = { 'x-api-key': tenant.userToken };
  expect((await send('DELETE', `${url}/${ids[0]}`, admin)).status).toBe(204);
  expect((await send('POST', `${url}/${ids[1]}/hide`, admin)).status).toBe(200);
  const events = await exported({ kind: 'agent_event' });
  const shown = events.map((event) => [
    `aev_${event.event_id}`,
    event.type,
    JSON.parse(event.fields).content,
  ]);
  expect(shown).toEqual([[ids[2], 'thinking', 'three']]);
});

test.each([
  [{}, '400 invalid_request'],
  [{ format: 'xml' }, '400 invalid_request'],
  [{ format: 'ndjson', kind: 'all' }, '400 invalid_request'],
  [{ format: 'ndjson', from: 'yesterday' }, '400 invalid_request'],
  [{ format: 'ndjson', session_id: 'x' }, '400 session_id must be a valid UUID'],
  [{ format: 'ndjson', cursor: 'x' }, '400 invalid_cursor'],
  [{ format: 'parquet', cursor: `${randomUUID()}_1_${randomUUID()}` }, '400 invalid_cursor'],
])('%j is refused', async (query, refusal) => {
  const response = await get(query as Record<string, string>);
  const { status_description: description } = (await response.json()) as { status_description: string };
  expect(`${response.status} ${description}`).toBe(refusal);
});

test('is for whoever may read the agent alone', async () => {
  const other = await makeTenant(services);
  const refusals: [Record<string, string>, string][] = [
    [{}, '401 missing_user_token'],
    [tenant.agent, '401 missing_user_token'],
    [{ ...tenant.reader, 'X-OTAS-USER-TOKEN': 'none' }, '401 invalid_token'],
    [{ ...tenant.reader, 'X-OTAS-USER-TOKEN': other.userToken }, '403 user_project_mapping_invalid'],
    [{ ...tenant.reader, 'X-OTAS-AGENT-ID': other.agentId }, '404 agent_not_found'],
  ];
  for (const [headers, refusal] of refusals) {
    const response = await get({ format: 'ndjson' }, headers);
    const { status_description: description } = (await response.json()) as { status_description: string };
    expect(`${response.status} ${description}`).toBe(refusal);
  }
  await log(2, other);
  // Another project's session has no event for this agent.
  expect(await exported({ session_id: other.sessionId })).toEqual([]);
});

test('more exports of a project at once than allowed are refused, and one that nobody reads any more gives its place back', async () => {
  for (let batch = 0; batch < 15; batch++) await log(40, tenant, { request_body: 'x'.repeat(60_000) });
  const gone = new AbortController();
  const url = `${services.brain.url}${exportPath}?format=ndjson`;
  const first = await fetch(url, { headers: tenant.reader, signal: gone.signal });
  expect(first.status).toBe(200);
  const second = await get({ format: 'ndjson' });
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '10']);
  await second.arrayBuffer();
  gone.abort();
  let status = 429;
  while (status === 429) {
    const next = await get({ format: 'csv', until: '1980-01-01T00:00:00Z' });
    await next.arrayBuffer();
    status = next.status;
  }
  expect(status).toBe(200);
});
