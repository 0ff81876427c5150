import { randomUUID } from 'node:crypto';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  services = await startServices();
  other = await makeTenant(services);
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const get = (path: string, headers: Record<string, string> = tenant.reader) =>
  send('GET', `${services.brain.url}/api/v1/agent/${path}`, headers);
const session = (query = '', headers = tenant.reader) =>
  get(`session/events/?session_id=${tenant.sessionId}${query}`, headers);
const log = async (more: object) => {
  const body = { ...minimalEvent(tenant), ...more };
  const answer = await send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, tenant.agent, body);
  expect(answer.status).toBe(201);
  return answer.body.response.event_id as string;
};
const dayMs = 24 * 60 * 60 * 1000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);
const outcome = (answer: { status: number; body: { status_description: string } }) => [
  answer.status,
  answer.body.status_description,
];

const days = `start_date=${daysAgo(1)}&end_date=${daysAgo(0)}`;
const routes = () => [
  `session/events/?session_id=${tenant.sessionId}`,
  `path-timeseries/?${days}`,
  `latency-percentiles/?${days}`,
  `error-count/?${days}`,
];

describe('who may read', () => {
  const without = (name: string) =>
    Object.fromEntries(Object.entries(tenant.reader).filter(([key]) => key !== name));

  test('headers are checked in the order of the contract, before the query', async () => {
    for (const route of routes()) {
      const path = route.split('?')[0] as string;
      expect(outcome(await get(path, {}))).toEqual([401, 'missing_user_token']);
      expect(outcome(await get(path, without('X-OTAS-AGENT-ID')))).toEqual([400, 'missing_agent_id']);
      expect(outcome(await get(path, without('X-OTAS-PROJECT-ID')))).toEqual([400, 'missing_project_id']);
      const bad = { ...tenant.reader, 'X-OTAS-USER-TOKEN': 'nonsense' };
      expect(outcome(await get(path, bad))).toEqual([401, 'invalid_token']);
    }
  });

  test("another tenant's project, agent or token is refused with UASAM's own answer", async () => {
    for (const route of routes()) {
      const foreignProject = { ...tenant.reader, 'X-OTAS-PROJECT-ID': other.projectId };
      expect(outcome(await get(route, foreignProject))).toEqual([403, 'user_project_mapping_invalid']);
      const foreignAgent = { ...tenant.reader, 'X-OTAS-AGENT-ID': other.agentId };
      expect(outcome(await get(route, foreignAgent))).toEqual([404, 'agent_not_found']);
      expect(outcome(await get(route, { ...tenant.reader, 'X-OTAS-AGENT-ID': 'x' }))).toEqual([
        404,
        'agent_not_found',
      ]);
      const foreignUser = { ...tenant.reader, 'X-OTAS-USER-TOKEN': other.userToken };
      expect(outcome(await get(route, foreignUser))).toEqual([403, 'user_project_mapping_invalid']);
    }
  });

  test('a session token is not a user token', async () => {
    const headers = { ...tenant.reader, 'X-OTAS-USER-TOKEN': tenant.sessionToken };
    expect(outcome(await session('', headers))).toEqual([401, 'invalid_token']);
  });

  test("another tenant's session is an empty list, as an unknown one is", async () => {
    await log({});
    const asOther = await get(`session/events/?session_id=${tenant.sessionId}`, other.reader);
    expect([asOther.status, asOther.body.count, asOther.body.events]).toEqual([200, 0, []]);
    const unknown = await get(`session/events/?session_id=${randomUUID()}`);
    expect([unknown.status, unknown.body.count, unknown.body.events]).toEqual([200, 0, []]);
  });

  test('ids in upper case and without hyphens are the same ids', async () => {
    await log({});
    const headers = {
      ...tenant.reader,
      'X-OTAS-AGENT-ID': tenant.agentId.toUpperCase(),
      'X-OTAS-PROJECT-ID': tenant.projectId.replaceAll('-', ''),
    };
    const answer = await get(`session/events/?session_id=${tenant.sessionId.toUpperCase()}`, headers);
    expect(answer.body).toMatchObject({
      status: 1,
      status_description: 'session_events_listed',
      agent_id: tenant.agentId,
      project_id: tenant.projectId,
      session_id: tenant.sessionId,
      count: 1,
    });
  });
});

describe('session/events', () => {
  test.each([
    ['', 'session_id is required'],
    ['?session_id=', 'session_id is required'],
    ['?session_id=nope', 'session_id must be a valid UUID'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&limit=x', 'limit must be an integer'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&limit=1.5', 'limit must be an integer'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&cursor=x', 'invalid_cursor'],
    ['?session_id=0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b&cursor=', 'invalid_cursor'],
  ])('%s is 400 %s', async (query, description) => {
    expect(outcome(await get(`session/events/${query}`))).toEqual([400, description]);
  });

  test('events come by time and then by the text of their id, whatever the order they were sent in', async () => {
    const at = `${daysAgo(0)}T00:00:00.00000`;
    const ids = [
      'f0000000-0000-4000-8000-000000000001',
      '10000000-0000-4000-8000-00000000000f',
      randomUUID(),
    ].sort();
    for (const event_id of [...ids].reverse()) await log({ event_id, event_time: `${at}2` });
    await log({ path: '/last', event_time: `${at}3` });
    await log({ path: '/first', event_time: `${at}1` });
    const events = await readSession(services, tenant);
    expect(events.map((event) => event.path)).toEqual(['/first', '/a', '/a', '/a', '/last']);
    expect(events.slice(1, 4).map((event) => event.event_id)).toEqual(ids);
  });

  test('limit is 200 by default and clamped into 1 to 500; the earliest come first', async () => {
    const now = Date.now();
    await Promise.all(
      Array.from({ length: 510 }, (_, at) =>
        log({ path: String(at), event_time: new Date(now - 60_000 + at).toISOString() }),
      ),
    );
    const counts = await Promise.all(
      ['', '&limit=0', '&limit=-5', '&limit=3', '&limit=501', '&limit=99999999999999999999'].map(
        async (query) => (await session(query)).body.count,
      ),
    );
    expect(counts).toEqual([200, 1, 1, 3, 500, 500]);
    expect((await session('&limit=3')).body.events.map((event: { path: string }) => event.path)).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  test('pages repeat nothing and skip nothing, also among events of the same instant', async () => {
    const event_time = new Date().toISOString();
    await Promise.all(Array.from({ length: 25 }, () => log({ event_time })));
    await log({ event_time: new Date(Date.now() + 1000).toISOString() });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await session(`&limit=4${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.events.map((event: { event_id: string }) => event.event_id));
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(26);
    expect(seen).toHaveLength(26);
    expect(seen).toEqual((await readSession(services, tenant)).map((event) => event.event_id));
  });

  test('the last page has no next_cursor, also when it is full', async () => {
    await log({});
    await log({});
    expect((await session('&limit=2')).body).not.toHaveProperty('next_cursor');
  });

  test('a cursor that was changed, or is of another session, is refused', async () => {
    await log({});
    await log({});
    const { next_cursor: cursor } = (await session('&limit=1')).body;
    const changed = `${cursor.slice(0, -2)}${cursor.endsWith('A') ? 'BA' : 'AA'}`;
    expect(outcome(await session(`&cursor=${changed}`))).toEqual([400, 'invalid_cursor']);
    const elsewhere = await get(`session/events/?session_id=${randomUUID()}&cursor=${cursor}`);
    expect(outcome(elsewhere)).toEqual([400, 'invalid_cursor']);
  });
});

describe('analytics by day', () => {
  test.each([
    ['', 'start_date and end_date are required'],
    ['?start_date=2026-01-01', 'start_date and end_date are required'],
    ['?start_date=&end_date=2026-01-01', 'start_date and end_date are required'],
    ['?start_date=2026-02-30&end_date=2026-03-01', 'dates must be in YYYY-MM-DD format'],
    ['?start_date=01/02/2026&end_date=2026-03-01', 'dates must be in YYYY-MM-DD format'],
    ['?start_date=2026-03-02&end_date=2026-03-01', 'start_date must be before or equal to end_date'],
  ])('%s is 400 %s', async (query, description) => {
    for (const route of ['path-timeseries', 'latency-percentiles', 'error-count']) {
      expect(outcome(await get(`${route}/${query}`))).toEqual([400, description]);
    }
  });

  test('both days are inclusive, to the last microsecond of UTC, and one-digit dates are taken', async () => {
    await log({ event_time: `${daysAgo(3)}T23:59:59.999999Z`, path: '/before' });
    await log({ event_time: `${daysAgo(2)}T00:00:00.000000Z`, path: '/b' });
    await log({ event_time: `${daysAgo(1)}T23:59:59.999999Z`, path: '/b' });
    await log({ event_time: `${daysAgo(1)}T12:00:00Z`, path: '/a' });
    await log({ event_time: `${daysAgo(0)}T00:00:00.000000Z`, path: '/after' });
    const plain = (date: string) => date.replace(/-0/g, '-');
    const { body } = await get(
      `path-timeseries/?start_date=${plain(daysAgo(2))}&end_date=${plain(daysAgo(1))}`,
    );
    expect(body).toEqual({
      status: 1,
      agent_id: tenant.agentId,
      project_id: tenant.projectId,
      paths: [
        { path: '/a', data: [{ date: daysAgo(1), count: 1 }] },
        {
          path: '/b',
          data: [
            { date: daysAgo(2), count: 1 },
            { date: daysAgo(1), count: 1 },
          ],
        },
      ],
    });
  });

  test('percentiles are exact, with linear interpolation, rounded to one decimal', async () => {
    const date = daysAgo(1);
    const latencies = [10, 20.55, 31, 45, 1000];
    for (const latency_ms of latencies) await log({ latency_ms, event_time: `${date}T10:00:00Z` });
    const { body } = await get(`latency-percentiles/?start_date=${date}&end_date=${date}`);
    // Rank p·(n−1) between the sorted values, as PERCENTILE_CONT: 0.95·4 = 3.8, 0.99·4 = 3.96.
    expect(body).toEqual({
      status: 1,
      agent_id: tenant.agentId,
      project_id: tenant.projectId,
      data: [{ date, p50: 31, p95: 809, p99: 961.8 }],
    });
  });

  test('an error is a text that is not empty, and days without one are left out', async () => {
    await log({ event_time: `${daysAgo(2)}T10:00:00Z`, error: null });
    await log({ event_time: `${daysAgo(2)}T10:00:00Z`, error: '', status_code: 500 });
    await log({ event_time: `${daysAgo(1)}T10:00:00Z`, error: 'upstream returned 500' });
    await log({ event_time: `${daysAgo(1)}T11:00:00Z`, error: '0' });
    const { body } = await get(`error-count/?start_date=${daysAgo(5)}&end_date=${daysAgo(0)}`);
    expect(body.data).toEqual([{ date: daysAgo(1), error_count: 2 }]);
  });

  test('an event that was sent again counts once', async () => {
    const event = { event_id: randomUUID(), event_time: `${daysAgo(1)}T10:00:00Z`, error: 'x' };
    for (let count = 0; count < 3; count++) await log(event);
    const { body } = await get(`error-count/?start_date=${daysAgo(1)}&end_date=${daysAgo(1)}`);
    expect(body.data).toEqual([{ date: daysAgo(1), error_count: 1 }]);
  });

  test("another tenant's events are not counted", async () => {
    await log({ error: 'x' });
    for (const route of routes().slice(1)) {
      const { status, body } = await get(route, other.reader);
      expect([status, body.paths ?? body.data]).toEqual([200, []]);
    }
  });

  test('dates far outside of every event are an empty answer', async () => {
    const { status, body } = await get('error-count/?start_date=0001-01-01&end_date=9999-12-31');
    expect([status, body.data]).toEqual([200, []]);
  });
});
