import { gzipSync } from 'node:zlib';
import { attributes } from '../../../test/otlp-attributes';
import { send } from './support/http';
import { otlpClient } from './support/otlp-client';
import { encodeRequest } from './support/otlp-protobuf';
import { type Services, startServices } from './support/services';
import { exportRequest, httpCall, span } from './support/spans';
import { makeTenant, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const { exportJson, exportProtobuf, agentEventsOf, pathsOf, newSession } = otlpClient(
  () => services,
  () => tenant,
);

test('an event has the microsecond in which its span began, and the time that it took', async () => {
  const startNanos = BigInt(Date.now()) * 1_000_000n + 654_321n;
  const times = { startTimeUnixNano: String(startNanos), endTimeUnixNano: String(startNanos + 1_234_567n) };
  const text = JSON.stringify(exportRequest([span(httpCall, times)]));
  // As numbers they have more digits than JavaScript's own parser keeps.
  const answer = await exportJson(text.replace(/"(\d{19})"/g, '$1'));
  expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([
    200,
    '{}',
    'application/json',
  ]);
  const [event] = await readSession(services, tenant);
  expect(event).toMatchObject({
    ...{ method: 'GET', path: '/orders', query_params: 'limit=2', status_code: 200, latency_ms: 1.234567 },
    ...{ project_id: tenant.projectId, agent_id: tenant.agentId, agent_session_id: tenant.sessionId },
  });
  const ms = new Date(Number(startNanos / 1_000_000n)).toISOString().slice(0, -1);
  expect(event.event_time).toBe(`${ms}654+00:00`);
  expect(event.metadata.otel.attributes).toEqual({ 'url.full': 'https://shop.example/orders?limit=2' });
});

test('the same spans sent again, in any encoding, or twice in one request, are the same events', async () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'saw' };
  const spans = [span(httpCall), span(tool)];
  const request = exportRequest(spans);
  const bytes = gzipSync(encodeRequest(exportRequest([...spans, ...spans])));
  expect((await exportJson(request)).status).toBe(200);
  expect((await exportJson(request, tenant.backEnd)).status).toBe(200);
  expect((await exportProtobuf(bytes, { ...tenant.agent, 'Content-Encoding': 'gzip' })).status).toBe(200);
  expect(await readSession(services, tenant)).toHaveLength(1);
  expect((await agentEventsOf(tenant)).map(({ type }) => type)).toEqual(['tool_input', 'tool_output']);
});

test('spans of one request may be of different sessions, and each is judged by itself', async () => {
  const [other, ended, stranger] = [
    await newSession(tenant),
    await newSession(tenant),
    await makeTenant(services),
  ];
  const end = { session_id: ended.sessionId };
  await send('POST', `${services.uasam.url}/api/agent/v1/session/end/`, ended.agent, end);
  const named = ({ sessionToken }: Tenant, path: string) =>
    span({ ...httpCall, 'url.full': `https://x.example${path}`, 'otas.session.token': sessionToken });
  const request = exportRequest(
    [
      named(tenant, '/own'),
      named(ended, '/ended'),
      named(stranger, '/foreign'),
      span({ ...httpCall, 'url.path': '/of-resource' }),
    ],
    { 'otas.session.token': other.sessionToken },
  );
  const key = { 'X-OTAS-AGENT-KEY': tenant.agentKey };
  const answer = await exportJson(request, key);
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      partialSuccess: {
        rejectedSpans: '2',
        errorMessage: '1 × invalid_or_expired_token; 1 × session_agent_mismatch',
      },
    },
  ]);
  expect(await Promise.all([tenant, other, ended, stranger].map(pathsOf))).toEqual([
    ...[['/own'], ['/of-resource'], [], []],
  ]);
  const backEnd = await exportProtobuf(encodeRequest(request), { 'X-OTAS-SDK-KEY': stranger.sdkKey });
  expect(backEnd).toMatchObject({
    status: 200,
    type: 'application/x-protobuf',
    answer: {
      partialSuccess: {
        rejectedSpans: '3',
        errorMessage: expect.stringContaining('session_project_mismatch'),
      },
    },
  });
  expect(await Promise.all([tenant, other, ended, stranger].map(pathsOf))).toEqual([
    ...[['/own'], ['/of-resource'], [], ['/foreign']],
  ]);
});

test('a back end need only capture the header that agents send: each of its spans is of the session in it', async () => {
  const other = await newSession(tenant);
  const served = ({ sessionToken }: Tenant, name: string, path: string) =>
    span(
      { 'http.request.method': 'GET', 'url.path': path, [`http.request.header.${name}`]: [sessionToken] },
      { kind: 2 },
    );
  const spans = [
    served(tenant, 'x-otas-agent-session-token', '/one'),
    served(other, 'x_otas_agent_session_token', '/other'),
  ];
  const answer = await exportJson(exportRequest(spans), { 'X-OTAS-SDK-KEY': tenant.sdkKey });
  expect([answer.text, await pathsOf(tenant), await pathsOf(other)]).toEqual(['{}', ['/one'], ['/other']]);
  const [event] = await readSession(services, tenant);
  expect(event.request_headers).toBe('{"x-otas-agent-session-token":"[REDACTED]"}');
});

test('spans of another kind are passed over, whatever session they name', async () => {
  const inner = span({ 'db.system': 'postgresql' }, { kind: 1 });
  const withoutSession = await exportJson(exportRequest([inner]), { 'X-OTAS-AGENT-KEY': tenant.agentKey });
  expect([withoutSession.status, withoutSession.text]).toEqual([200, '{}']);
  const call = await exportJson(exportRequest([inner, span(httpCall)]), {
    'X-OTAS-AGENT-KEY': tenant.agentKey,
  });
  expect(call.body.partialSuccess).toEqual({
    rejectedSpans: '1',
    errorMessage: '1 × missing_agent_session_token',
  });
  expect(await readSession(services, tenant)).toEqual([]);
});

test('a span of which one event is not good is not recorded at all', async () => {
  const startNanos = BigInt(Date.now()) * 1_000_000n;
  const times = {
    startTimeUnixNano: String(startNanos),
    endTimeUnixNano: String(startNanos + 3_600_000_000_000n),
  };
  const [tool, call] = [span({ 'gen_ai.tool.name': 'saw' }, times), span(httpCall)];
  const { body } = await exportJson(exportRequest([tool, call]));
  expect(body.partialSuccess).toEqual({
    rejectedSpans: '1',
    errorMessage: '1 × invalid_request: created_at: the time of the event is too far in the future',
  });
  expect([await pathsOf(tenant), await agentEventsOf(tenant)]).toEqual([['/orders'], []]);
});

test('secrets are taken out wherever a span has them, and the token of a session is kept nowhere', async () => {
  const secrets = {
    jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0c2VjcmV0`,
    openAi: `sk-${'a1'.repeat(20)}`,
    github: `ghp_${'A1b2'.repeat(9)}`,
    header: 'my-own-secret',
  };
  const holding = {
    'otas.session.token': tenant.sessionToken,
    'url.full': `https://x.example/a?key=${secrets.openAi}`,
    note: { nested: [secrets.github, { Authorization: secrets.header }] },
    'http.request.header.authorization': [secrets.header],
    'http.response.header.set_cookie': [secrets.header, secrets.header],
    'rpc.request.metadata.authorization': secrets.header,
  };
  const event = {
    name: 'exception',
    timeUnixNano: '1',
    attributes: attributes({ 'exception.message': secrets.jwt }),
  };
  const status = { code: 'STATUS_CODE_ERROR', message: secrets.github };
  const spans = [
    span({ ...holding, 'http.request.method': 'GET' }, { events: [event], status }),
    span(
      {
        ...holding,
        'gen_ai.tool.name': 'curl',
        'gen_ai.tool.call.arguments': JSON.stringify({ cookie: secrets.header }),
      },
      { events: [event], status },
    ),
  ];
  const key = { 'X-OTAS-SDK-KEY': tenant.sdkKey };
  const answer = await exportJson(exportRequest(spans, { 'otas.session.token': tenant.sessionToken }), key);
  expect(answer.text).toBe('{}');
  const [call, ...none] = await readSession(services, tenant);
  const [toolInput, toolOutput] = await agentEventsOf(tenant);
  expect([none, toolInput?.tool_input, toolOutput?.error]).toEqual([[], { cookie: '[REDACTED]' }, true]);
  expect([call.error, call.query_params]).toEqual(['[REDACTED]', 'key=[REDACTED]']);
  for (const text of [call, toolInput, toolOutput].map((one) => JSON.stringify(one))) {
    for (const secret of [...Object.values(secrets), tenant.sessionToken, 'otas.session.token']) {
      expect(text).not.toContain(secret);
    }
  }
});
