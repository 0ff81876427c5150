import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { uuidv7 } from 'uuidv7';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  services = await startServices({ REQUEST_MAX_BYTES: '200000' });
  other = await makeTenant(services);
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const post = (route: 'agent' | 'sdk', headers: Record<string, string>, body?: unknown) =>
  send('POST', `${services.brain.url}/api/v1/backend/log/${route}/`, headers, body);
const log = (more: object) => post('agent', tenant.agent, { ...minimalEvent(tenant), ...more });
const only = async () => (await readSession(services, tenant))[0];

describe('an event is read back', () => {
  test('with all keys in the order of the contract, and null for what was not sent', async () => {
    await log({});
    const event = await only();
    expect(Object.keys(event)).toEqual([
      ...[
        'event_id',
        'event_time',
        'event_date',
        'project_id',
        'agent_id',
        'agent_session_id',
        'path',
        'method',
      ],
      ...[
        'status_code',
        'latency_ms',
        'request_size_bytes',
        'response_size_bytes',
        'request_headers',
        'request_body',
      ],
      ...['query_params', 'post_data', 'response_headers', 'response_body', 'request_content_type'],
      ...['response_content_type', 'custom_properties', 'error', 'metadata', 'created_at'],
    ]);
    expect(event).toMatchObject({
      project_id: tenant.projectId,
      agent_id: tenant.agentId,
      agent_session_id: tenant.sessionId,
      request_size_bytes: 0,
      response_size_bytes: 0,
      request_headers: null,
      request_body: null,
      query_params: null,
      post_data: null,
      response_headers: null,
      response_body: null,
      request_content_type: null,
      response_content_type: null,
      custom_properties: null,
      error: null,
      metadata: null,
    });
    expect(event.event_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    expect(event.event_date).toBe(event.event_time.slice(0, 10));
  });

  test('as it went in, whatever its texts hold', async () => {
    const texts = {
      path: `/${'long'.repeat(25_000)}`,
      request_body: 'a\u0000b\n\t"quotes" \\ \u{1F600} 漢字',
      response_body: '{"as": "text"}',
      query_params: "q=1' OR '1'='1&x={p:UUID}",
      post_data: '',
      request_content_type: 'application/json; charset=utf-8',
      response_content_type: 'text/html',
      error: '0',
      method: 'PROPFIND',
    };
    const rest = {
      status_code: 65_535,
      latency_ms: 0.1,
      request_size_bytes: 4_294_967_295,
      response_size_bytes: '12',
    };
    expect((await log({ ...texts, ...rest })).status).toBe(201);
    expect(await only()).toMatchObject({ ...texts, ...rest, response_size_bytes: 12 });
  });

  test('with JSON as JSON, and integers of any size with their digits', async () => {
    const json = '{"n":123456789012345678901234567890,"list":[1,{"a":null}],"t":"x"}';
    const { projectId } = tenant;
    const body = `{"project_id":"${projectId}","path":"/","method":"G","status_code":0,"latency_ms":0,"metadata":${json},"custom_properties":[${json}]}`;
    expect((await post('agent', tenant.agent, body)).status).toBe(201);
    const url = `${services.brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}`;
    const { text } = await send('GET', url, tenant.reader);
    expect(text).toContain(`"metadata":${json}`);
    expect(text).toContain(`"custom_properties":[${json}]`);
  });

  test('under who sent it, not under whom its body names', async () => {
    await log({
      agent_id: other.agentId,
      agent_session_id: other.sessionId,
      created_at: 'x',
      event_date: 'y',
      more: {},
    });
    expect(await only()).toMatchObject({ agent_id: tenant.agentId, agent_session_id: tenant.sessionId });
    expect(await readSession(services, other)).toEqual([]);
  });

  test('without the credentials that its headers, query or bodies held', async () => {
    await log({
      request_headers: {
        Authorization: `Bearer ${tenant.userToken}`,
        Accept: '*/*',
        'X-OTAS-AGENT-KEY': tenant.agentKey,
      },
      response_headers: 'Content-Type: text/html\r\nSet-Cookie: sid=abc; HttpOnly\r\n',
      query_params: `key=${tenant.sdkKey}&page=2`,
      request_body: { token: tenant.userToken },
      metadata: { kept: 'sk-abcdefghijklmnopqrstuvwx' },
    });
    expect(await only()).toMatchObject({
      request_headers: '{"Authorization":"[REDACTED]","Accept":"*/*","X-OTAS-AGENT-KEY":"[REDACTED]"}',
      response_headers: 'Content-Type: text/html\r\nSet-Cookie: [REDACTED]\r\n',
      query_params: 'key=[REDACTED]&page=2',
      request_body: '{"token":"[REDACTED]"}',
      metadata: { kept: 'sk-abcdefghijklmnopqrstuvwx' },
    });
  });

  test('after a body that was sent compressed', async () => {
    const packed = gzipSync(JSON.stringify({ ...minimalEvent(tenant), path: '/packed' }));
    expect((await post('agent', { ...tenant.agent, 'Content-Encoding': 'gzip' }, packed)).status).toBe(201);
    expect((await only()).path).toBe('/packed');
  });
});

describe('the time of an event', () => {
  const timeOf = async (more: object) => {
    const answer = await log(more);
    expect(answer.status).toBe(201);
    return (await only()).event_time;
  };

  test('is the one that was sent, to the microsecond and in UTC', async () => {
    const day = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
    expect(await timeOf({ event_time: `${day}T23:30:00.123456+09:00` })).toBe(`${day}T14:30:00.123456+00:00`);
  });

  test('comes from a version 7 id when there is no other', async () => {
    const id = uuidv7();
    const ms = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(await timeOf({ event_id: id })).toBe(`${new Date(ms).toISOString().slice(0, 23)}000+00:00`);
  });

  test.each([
    ['event_time', { event_time: '2001-01-01T00:00:00Z' }],
    ['event_time', { event_time: new Date(Date.now() + 11 * 60_000).toISOString() }],
    ['event_id', { event_id: '00000000-0000-7000-8000-000000000000' }],
  ])('outside the window is an error of %s', async (field, more) => {
    const answer = await log(more);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors[0].field).toBe(field);
  });
});

describe('the same event_id is the same event', () => {
  test.each([
    ['a random id and no time', () => ({ event_id: randomUUID() })],
    ['a version 7 id', () => ({ event_id: uuidv7() })],
    ['an id and a time', () => ({ event_id: randomUUID(), event_time: new Date().toISOString() })],
  ])('with %s, however often and however it is sent', async (_name, make) => {
    const event = { ...minimalEvent(tenant), ...make() };
    const upper = { ...event, event_id: event.event_id.toUpperCase() };
    for (const body of [event, event, upper])
      expect((await post('agent', tenant.agent, body)).status).toBe(201);
    expect((await post('sdk', tenant.backEnd, event)).status).toBe(201);
    const together = await Promise.all(Array.from({ length: 10 }, () => post('agent', tenant.agent, event)));
    expect(together.map((answer) => answer.body.response.event_id)).toEqual(Array(10).fill(event.event_id));
    expect(await readSession(services, tenant)).toHaveLength(1);
  });

  test('also when it comes with another time or content: the first one stays', async () => {
    const event_id = randomUUID();
    await log({ event_id, path: '/first' });
    await log({ event_id, path: '/second', event_time: new Date(Date.now() - 60_000).toISOString() });
    const events = await readSession(services, tenant);
    expect(events.map((event) => event.path)).toEqual(['/first']);
  });

  test('but not in another project', async () => {
    const event_id = randomUUID();
    await log({ event_id });
    const elsewhere = await makeTenant(services);
    await post('agent', elsewhere.agent, { ...minimalEvent(elsewhere), event_id });
    expect(await readSession(services, tenant)).toHaveLength(1);
    expect(await readSession(services, elsewhere)).toHaveLength(1);
  });
});
