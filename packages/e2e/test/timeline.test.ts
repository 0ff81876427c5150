import { randomUUID } from 'node:crypto';
import { addAgentEvents } from './support/agent-events';
import { StreamClient } from './support/event-stream';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const get = (path: string, headers: Record<string, string> = tenant.reader) =>
  send('GET', `${services.brain.url}/api/v1/agent/session/${path}`, headers);
const timeline = (query = '') => get(`timeline/?session_id=${tenant.sessionId}${query}`);
const summary = () => get(`summary/?session_id=${tenant.sessionId}`);
const log = async (more: object = {}) => {
  const body = { ...minimalEvent(tenant), ...more };
  const answer = await send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, tenant.agent, body);
  expect(answer.status).toBe(201);
  return answer.body.response.event_id as string;
};
const outcome = (answer: { status: number; body: { status_description: string } }) => [
  answer.status,
  answer.body.status_description,
];
const startMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const at = (ms: number) => new Date(startMs + ms).toISOString();
const idOf = (event: { event_id?: string; id?: string }) => event.event_id ?? (event.id as string).slice(4);

async function readAll(limit: number): Promise<{ kind: string; event_id?: string; id?: string }[]> {
  const events: { kind: string }[] = [];
  let cursor = '';
  do {
    const { body } = await timeline(`&limit=${limit}${cursor}`);
    expect(body.count).toBe(body.events.length);
    events.push(...body.events);
    cursor = body.next_cursor === undefined ? '' : `&cursor=${body.next_cursor}`;
  } while (cursor !== '');
  return events;
}

describe('session/timeline', () => {
  test('gives both kinds in their own form, by time, agent events first at one instant', async () => {
    const called = await log({ event_time: at(5), metadata: { a: 1 } });
    const [said, first] = await addAgentEvents(
      services,
      tenant,
      { time: at(5), fields: '{"content":"x","n":12345678901234567890}' },
      { time: at(1), type: 'session_interrupted', fields: '{}' },
    );
    const { status, body } = await timeline();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 1,
      status_description: 'session_timeline_listed',
      agent_id: tenant.agentId,
      project_id: tenant.projectId,
      session_id: tenant.sessionId,
      count: 3,
    });
    const { events } = (await get(`events/?session_id=${tenant.sessionId}`)).body;
    const ours = { session_key: `ase_${tenant.sessionId}` };
    expect(body.events).toEqual([
      { kind: 'agent_event', id: `aev_${first}`, ...ours, created_at: at(1), type: 'session_interrupted' },
      {
        kind: 'agent_event',
        id: `aev_${said}`,
        ...ours,
        created_at: at(5),
        type: 'thinking',
        content: 'x',
        n: Number('12345678901234567890'),
      },
      { kind: 'backend_event', ...events[0] },
    ]);
    expect((await timeline()).text).toContain('"n":12345678901234567890');
    expect(idOf(body.events[2])).toBe(called);
    expect(body).not.toHaveProperty('next_cursor');
  });

  test('pages of any size give the same list, also at one instant', async () => {
    await addAgentEvents(
      services,
      tenant,
      ...Array.from({ length: 9 }, (_, sequence) => ({ time: at(7), sequence: 20 - sequence })),
    );
    for (let count = 0; count < 6; count++) await log({ event_time: at(7 + (count % 3) - 1) });
    const all = (await timeline('&limit=500')).body.events;
    expect(all).toHaveLength(15);
    for (const limit of [1, 2, 4, 14, 15]) expect(await readAll(limit)).toEqual(all);
  });

  test('while events arrive a reader repeats nothing and skips nothing behind its page', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 20; count++) sent.push(await log({ event_time: at(count * 10) }));
    const page = (await timeline('&limit=5')).body;
    const seen: string[] = page.events.map(idOf);
    let cursor: string | undefined = page.next_cursor;
    let passed = 0;
    while (cursor !== undefined) {
      sent.push(await log({ event_time: at(1000 + seen.length) }));
      sent.push(...(await addAgentEvents(services, tenant, { time: at(1000 + seen.length) })));
      await log({ event_time: at(1) });
      passed++;
      const { body } = await timeline(`&limit=5&cursor=${cursor}`);
      seen.push(...body.events.map(idOf));
      cursor = body.next_cursor;
    }
    expect(passed).toBeGreaterThan(3);
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(seen)).toEqual(new Set(sent));
  });

  test.each([
    ['', 'session_id is required'],
    ['?session_id=nope', 'session_id must be a valid UUID'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&limit=x', 'limit must be an integer'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&cursor=x', 'invalid_cursor'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&follow=yes', 'invalid_request'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&follow=true&cursor=x', 'invalid_cursor'],
  ])('%s is 400 %s', async (query, description) => {
    expect(outcome(await get(`timeline/${query}`))).toEqual([400, description]);
  });

  test('a cursor of another session, or of session/events, is refused', async () => {
    await log();
    await log();
    const { next_cursor: cursor } = (await timeline('&limit=1')).body;
    expect((await timeline(`&cursor=${cursor}`)).body.count).toBe(1);
    const elsewhere = await get(`timeline/?session_id=${randomUUID()}&cursor=${cursor}`);
    expect(outcome(elsewhere)).toEqual([400, 'invalid_cursor']);
    const ofEvents = (await get(`events/?session_id=${tenant.sessionId}&limit=1`)).body.next_cursor;
    expect(outcome(await timeline(`&cursor=${ofEvents}`))).toEqual([400, 'invalid_cursor']);
  });

  test('agent events are as their own API gives them, with the key of one’s own, in pages and in a stream', async () => {
    const made = await send(
      'POST',
      `${services.uasam.url}/api/agent/v1/session/create/`,
      { 'X-OTAS-AGENT-KEY': tenant.agentKey },
      { session_ref: 'ase_first-run' },
    );
    const session = made.body.response;
    const url = `${services.brain.url}/v2/agents/agt_${tenant.agentId}/sessions/ase_first-run/events`;
    const record = await send(
      'POST',
      url,
      {
        'X-OTAS-AGENT-KEY': tenant.agentKey,
        'X-OTAS-AGENT-SESSION-TOKEN': session.jwt_token,
      },
      {
        events: [
          { type: 'tool_input', tool_call_id: 'c', tool_name: 't', tool_input: { n: 1 } },
          { type: 'tool_output', tool_call_id: 'c', tool_name: 't', tool_output: {}, error: true },
        ],
      },
    );
    expect(record.status).toBe(201);
    const { events } = (await send('GET', url, { 'x-api-key': tenant.sdkKey })).body;
    const expected = events.map((event: object) => ({ kind: 'agent_event', ...event }));
    expect(expected.map((event: { session_key: string }) => event.session_key)).toEqual([
      'ase_first-run',
      'ase_first-run',
    ]);
    const path = `timeline/?session_id=${session.agent_session_id}`;
    expect((await get(path)).body.events).toEqual(expected);
    const stream = await StreamClient.open(
      `${services.brain.url}/api/v1/agent/session/${path}&follow=true`,
      tenant.reader,
    );
    await stream.untilLive();
    expect(stream.events.map(({ data }) => data)).toEqual(expected);
    stream.close();
    const { tool_calls } = (await get(`summary/?session_id=${session.agent_session_id}`)).body;
    expect(tool_calls).toMatchObject({ total: 1, answered: 1, errors: 1 });
  });

  test('fields of an event that are named like ours do not stand twice', async () => {
    await addAgentEvents(services, tenant, { time: at(1), fields: '{"kind":"mine","late":1,"content":"x"}' });
    const { body, text } = await timeline();
    expect(body.events[0]).toMatchObject({ kind: 'agent_event', content: 'x' });
    expect(text.match(/"kind"/g)).toHaveLength(1);
    expect(text).not.toContain('"late"');
  });

  test('events that are too large for one answer come in smaller pages', async () => {
    const metadata = 'x'.repeat(4 * 1024 * 1024);
    for (let count = 0; count < 8; count++) await log({ event_time: at(count), metadata });
    for (const route of ['timeline', 'events']) {
      const ids: string[] = [];
      let cursor = '';
      do {
        const { status, body } = await get(`${route}/?session_id=${tenant.sessionId}${cursor}`);
        expect([status, body.count > 0]).toEqual([200, true]);
        ids.push(...body.events.map(idOf));
        cursor = body.next_cursor === undefined ? '' : `&cursor=${body.next_cursor}`;
      } while (cursor !== '');
      expect(ids).toHaveLength(8);
      expect(new Set(ids).size).toBe(8);
    }
  });
});

describe('session/summary', () => {
  test('of a session without events has zeros and nulls', async () => {
    const { status, body } = await summary();
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 1,
      status_description: 'session_summarised',
      agent_id: tenant.agentId,
      project_id: tenant.projectId,
      session_id: tenant.sessionId,
      first_event_time: null,
      last_event_time: null,
      counts: { total: 0, backend_event: 0, agent_event: 0 },
      types: {},
      status_classes: {},
      paths: { total: 0, top: [] },
      error_count: 0,
      latency_ms: { p50: null, p95: null, p99: null },
      tool_calls: { total: 0, answered: 0, never_answered: 0, errors: 0, calls: [] },
    });
  });

  test('counts both kinds, and gives tool calls with their durations', async () => {
    const latencies = [10, 20.55, 31, 45, 1000];
    for (const latency_ms of latencies) {
      await log({
        latency_ms,
        event_time: at(100),
        ...(latency_ms === 45 ? { error: 'x', status_code: 0 } : {}),
      });
    }
    const tool = (time: string, type: string, tool_call_id: string, more = {}) => {
      return { time, type, tool_call_id, tool_name: 'search', ...more };
    };
    await addAgentEvents(
      services,
      tenant,
      tool(at(0), 'tool_input', 'one'),
      tool(at(1250), 'tool_output', 'one'),
      tool(at(20), 'tool_input', 'two'),
      tool(at(30), 'tool_output', 'two', { is_error: 1 }),
      tool(at(40), 'tool_input', 'three'),
      { time: at(2000), is_hidden: 1 },
    );
    const { body } = await summary();
    const micros = (ms: number) => at(ms).replace('Z', '000+00:00');
    expect(body).toMatchObject({
      first_event_time: micros(0),
      last_event_time: micros(1250),
      counts: { total: 10, backend_event: 5, agent_event: 5 },
      types: { tool_input: 3, tool_output: 2 },
      status_classes: { '0': 1, '2xx': 4 },
      paths: { total: 1, top: [{ path: '/a', count: 5 }] },
      error_count: 1,
      latency_ms: { p50: 31, p95: 809, p99: 961.8 },
    });
    const call = (tool_call_id: string, ms: number, duration_ms: number | null, error: boolean | null) => {
      return { tool_call_id, tool_name: 'search', started_at: micros(ms), duration_ms, error };
    };
    expect(body.tool_calls).toEqual({
      total: 3,
      answered: 2,
      never_answered: 1,
      errors: 1,
      calls: [call('one', 0, 1250, false), call('two', 20, 10, true), call('three', 40, null, null)],
    });
  });

  test('needs a session', async () => {
    expect(outcome(await get('summary/'))).toEqual([400, 'session_id is required']);
    expect(outcome(await get('summary/?session_id=1'))).toEqual([400, 'session_id must be a valid UUID']);
  });
});

test('both are for the same readers as session/events, and of one agent in one project only', async () => {
  const other = await makeTenant(services);
  await log();
  for (const route of ['timeline', 'summary']) {
    const path = `${route}/?session_id=${tenant.sessionId}`;
    expect(outcome(await get(path, {}))).toEqual([401, 'missing_user_token']);
    const foreign = { ...other.reader, 'X-OTAS-PROJECT-ID': tenant.projectId };
    expect(outcome(await get(path, foreign))).toEqual([403, 'user_project_mapping_invalid']);
    const asOther = await get(path, other.reader);
    expect([asOther.status, asOther.body.counts?.total ?? asOther.body.count]).toEqual([200, 0]);
  }
});
