import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { startService } from '@otas/stack';
import { attributes } from '../../../test/otlp-attributes';
import { seededRandom } from './faults/random';
import { send } from './support/http';
import { mutate, spoil } from './support/mutate';
import { json, otlpClient, protobuf, sendSpans } from './support/otlp-client';
import { encodeRequest } from './support/otlp-protobuf';
import { outcomeOf } from './support/revoked';
import { type Services, startServices } from './support/services';
import { exportRequest, httpCall, httpSpanRequest, span } from './support/spans';
import { slowMs, startTarget } from './support/target';
import { makeTenant, readSession, type Tenant } from './support/tenant';

type Json = Record<string, unknown>;

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices({ REQUEST_MAX_BYTES: '200000' });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const client = otlpClient(() => services);
const { url, agentEventsOf, pathsOf, newSession } = client;
const exportJson = (body: unknown, headers = tenant.agent) => client.exportJson(body, headers);
const exportProtobuf = (bytes: Uint8Array, headers = tenant.agent) => client.exportProtobuf(bytes, headers);

/** An event without what tells its session and the moment of its arrival. */
const withoutPlace = ({ event_id, agent_session_id, created_at, ...event }: Json): Json => event;

describe('the OpenTelemetry SDK with its HTTP instrumentations', () => {
  interface Call {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly startMs: number;
    readonly tookMs: number;
  }
  let calls: Call[];
  let twin: Tenant;
  let first: Tenant;
  beforeAll(async () => {
    first = await makeTenant(services);
    twin = await newSession(first);
    const target = await startTarget();
    const nowhere = 'http://127.0.0.1:9';
    const to = (encoding: string, headers: Record<string, string>, more: object = {}) => ({
      ...{ encoding, headers, url: url() },
      ...more,
    });
    const exporters = [
      to('protobuf', first.agent, { compression: 'gzip' }),
      to('protobuf', first.backEnd),
      to('json', twin.agent),
    ];
    const program = path.join(__dirname, 'fixtures', 'opentelemetry', 'program.cjs');
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      JSON.stringify({ target: target.url, nowhere, exporters }),
    ]);
    calls = JSON.parse(stdout);
    await target.stop();
  });

  test('each call is recorded once, with its method, path, status, time and latency', async () => {
    const events = await readSession(services, first);
    expect(events).toHaveLength(calls.length);
    for (const call of calls) {
      const [own, query = null] = call.path.split('?');
      const found = events.filter(({ path, method }) => path === own && method === call.method);
      expect(found).toHaveLength(1);
      const { status_code, query_params, event_time, latency_ms, error } = found[0];
      expect({ status_code, query_params }).toEqual({ status_code: call.status, query_params: query });
      const startMs = Date.parse(event_time);
      expect(startMs).toBeGreaterThanOrEqual(call.startMs - 50);
      expect(startMs + latency_ms).toBeLessThanOrEqual(call.startMs + call.tookMs + 250);
      if (own === '/slow') expect(latency_ms).toBeGreaterThan(slowMs - 10);
      if (call.status === 0) expect(error).toContain('ECONNREFUSED');
      if (call.status === 200) expect(error).toBeNull();
    }
  });

  test('the headers that it captures are kept, without credentials', async () => {
    const asked = (await readSession(services, first)).find(({ path }) => path === '/asked/3');
    expect(JSON.parse(asked.request_headers)).toEqual({ authorization: '[REDACTED]', accept: 'text/plain' });
  });

  test('JSON and protobuf of the same spans give equal events', async () => {
    const [one, other] = [await readSession(services, first), await readSession(services, twin)];
    expect(other).toHaveLength(calls.length);
    const sorted = (events: Json[]) =>
      events.map(withoutPlace).sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
    expect(sorted(other)).toEqual(sorted(one));
    const said = async (who: Tenant) =>
      (await agentEventsOf(who)).map(({ id, session_key, ...event }) => event);
    expect(await said(twin)).toEqual(await said(first));
  });

  test('what a model and a tool took and gave are agent events', async () => {
    const events = await agentEventsOf(first);
    expect(events.map(({ type }) => type)).toEqual([
      ...['input_message', 'thinking', 'agent_output', 'tool_input', 'tool_output'],
    ]);
    const [input, thought, output, called, gave] = events;
    expect(input).toMatchObject({ messages: [{ type: 'text', role: 'user', content: 'How warm is it?' }] });
    expect(thought).toMatchObject({ content: 'A tool knows.' });
    expect(output).toMatchObject({
      content: 'I will look.',
      role: 'assistant',
      finish_reason: 'tool_call',
      parts: [{ type: 'tool_call', id: 'call-1', name: 'weather', arguments: { city: 'Seoul' } }],
      usage: { input_tokens: 12, output_tokens: 7 },
      model: 'model-1',
      provider: 'acme',
      operation: 'chat',
      otel: { name: 'chat model-1', kind: 'client', scope: { name: 'agent', version: '1.2.3' } },
    });
    const tool = { tool_call_id: 'call-1', tool_name: 'weather' };
    expect(called).toMatchObject({ ...tool, tool_input: { city: 'Seoul' } });
    expect(gave).toMatchObject({ ...tool, tool_output: { celsius: 21.5 }, error: false });
  });
});

test('the example in docs/opentelemetry.md runs, with one session in the variables and with several in spans', async () => {
  const docs = path.join(__dirname, '..', '..', '..', 'docs', 'opentelemetry.md');
  const blocks = [...(await readFile(docs, 'utf8')).matchAll(/```js[^\n]*\n(.*?)```/gs)].map(
    ([, text = '']) => text,
  );
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-otlp-'));
  for (const [at, name] of ['telemetry.cjs', 'agent.cjs', 'agents.cjs'].entries()) {
    const text = blocks[at]?.replaceAll('http://127.0.0.1:8000', services.uasam.url);
    await writeFile(path.join(dir, name), text ?? '');
  }
  const run = (program: string, headers: Record<string, string>, more: Record<string, string> = {}) => {
    const sent = Object.entries(headers).map(([name, value]) => `${name}=${value}`);
    const env = {
      NODE_PATH: path.join(__dirname, '..', 'node_modules'),
      OTEL_EXPORTER_OTLP_ENDPOINT: services.brain.url,
      OTEL_EXPORTER_OTLP_HEADERS: sent.join(','),
      ...more,
    };
    return promisify(execFile)(process.execPath, ['--require', './telemetry.cjs', program], {
      cwd: dir,
      env,
    });
  };
  const [one, other] = [await newSession(tenant), await newSession(tenant)];
  const tokens = { SESSION_TOKENS: `${one.sessionToken} ${other.sessionToken}` };
  await run('agent.cjs', tenant.agent);
  await run('agents.cjs', { 'X-OTAS-AGENT-KEY': tenant.agentKey }, tokens);
  await rm(dir, { recursive: true, force: true });
  const call = { method: 'GET', path: '/healthz', status_code: 200 };
  expect(await readSession(services, tenant)).toMatchObject([{ ...call, query_params: 'from=agent' }]);
  expect(await readSession(services, one)).toMatchObject([{ ...call, query_params: 'from=agents' }]);
  expect(await readSession(services, other)).toMatchObject([{ ...call, query_params: 'from=agents' }]);
});

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

test('attributes may have values of any type, whatever they are called', async () => {
  const names = [
    ...[
      'otas.session.token',
      'http.request.method',
      'url.path',
      'url.query',
      'http.response.status_code',
      'error.type',
    ],
    ...[
      'http.request.body.size',
      'http.request.header.cookie',
      'http.request.header.content-type',
      'url.full',
    ],
    ...['gen_ai.operation.name', 'gen_ai.tool.name', 'gen_ai.tool.call.id', 'gen_ai.tool.call.arguments'],
    ...[
      'gen_ai.input.messages',
      'gen_ai.output.messages',
      'gen_ai.prompt.0.content',
      'gen_ai.usage.input_tokens',
    ],
    ...['gen_ai.completion.0.__proto__', 'gen_ai.system_instructions', 'toString', '__proto__', ''],
  ];
  const unlikely = {
    toString: 1,
    valueOf: 'x',
    toJSON: 2,
    role: [],
    content: { type: 'text', content: 3 },
    id: {},
  };
  const values = [unlikely, [unlikely, [unlikely]], true, 2n ** 62n, -0.5, JSON.stringify([unlikely]), '{'];
  const spans = names.flatMap((name) =>
    values.flatMap((value) => [
      span({ ...httpCall, [name]: value }),
      span({ 'gen_ai.request.model': 'm', [name]: value }),
      span({ 'gen_ai.tool.name': 'saw', [name]: value }),
    ]),
  );
  expect((await exportProtobuf(encodeRequest(exportRequest(spans)))).status).toBe(200);
  const strange = { 'service.name': unlikely, 'otas.session.token': unlikely };
  expect(outcomeOf(await exportJson(exportRequest(spans.slice(0, 50), strange)))).toBe(
    '401 invalid_or_expired_token',
  );
});

test('a request of which nothing is taken is refused, in its own encoding', async () => {
  const far = span(httpCall, { startTimeUnixNano: '1', endTimeUnixNano: '2' });
  const nameless = span(httpCall, { traceId: '0'.repeat(32) });
  const cases: [Json[], number, Json][] = [
    [
      [far],
      400,
      { code: 3, message: 'invalid_request: event_time: the time of the event is too far in the past' },
    ],
    [[nameless], 400, { code: 3, message: 'invalid_request: traceId: must be 16 bytes, not all of them 0' }],
    [[far, nameless], 400, { code: 3, message: expect.stringMatching(/^events_rejected: 1 × .+; 1 × .+/) }],
    [
      [span({ ...httpCall, 'otas.session.token': 'x' })],
      401,
      { code: 16, message: 'invalid_or_expired_token' },
    ],
  ];
  for (const [spans, status, body] of cases) {
    const answer = await exportJson(exportRequest(spans));
    expect([answer.status, answer.body]).toEqual([status, body]);
    const bytes = await exportProtobuf(encodeRequest(exportRequest(spans)));
    const type = 'application/x-protobuf';
    expect(bytes).toEqual({ status, type, retryAfter: null, answer: body });
  }
  expect(await readSession(services, tenant)).toEqual([]);
  const account = await send('GET', `${services.brain.url}/api/v1/project/capture/`, tenant.reader);
  expect(account.body.response).toMatchObject({ accepted: 0, rejected: 10 });
});

test('what cannot be read is refused with a Status of its own encoding', async () => {
  const outcomes = async (body: unknown, headers: Record<string, string>) =>
    outcomeOf(await send('POST', url(), { ...tenant.agent, ...headers }, body));
  const nested = (levels: number): unknown =>
    levels === 0 ? { stringValue: 'x' } : { arrayValue: { values: [nested(levels - 1)] } };
  const deep = exportRequest([span({}, { attributes: [{ key: 'a', value: nested(33) }] })]);
  expect(await outcomes('{', json)).toBe('400 invalid_json');
  expect(await outcomes('[]', json)).toBe('400 invalid_json');
  expect(await outcomes({ resourceSpans: 5 }, json)).toBe('400 invalid_request');
  expect(await outcomes(deep, json)).toBe('400 invalid_request');
  expect(await outcomes(exportRequest(Array(10_001).fill({})), json)).toBe('400 invalid_request');
  expect(await outcomes(exportRequest([span({ long: 'x'.repeat(200_001) })]), json)).toBe(
    '413 payload_too_large',
  );
  expect(await outcomes('{}', { 'Content-Type': 'text/plain' })).toBe('415 unsupported_media_type');
  expect(await outcomes('{}', { ...json, 'Content-Encoding': 'lzw' })).toBe(
    '415 unsupported_content_encoding',
  );
  expect(outcomeOf(await send('GET', url(), tenant.agent))).toBe('405 method_not_allowed');
  expect(outcomeOf(await exportJson(httpSpanRequest(), {}))).toBe('401 unauthorized');
  for (const bytes of [Buffer.from('no protobuf'), Buffer.alloc(100_000, 0x0b), encodeRequest(deep)]) {
    expect(await exportProtobuf(bytes)).toMatchObject({ status: 400, answer: { code: 3 } });
  }
  expect(await exportProtobuf(new Uint8Array(), {})).toMatchObject({ status: 401, answer: { code: 16 } });
  // A request without spans is nothing to refuse.
  expect(await exportProtobuf(new Uint8Array())).toMatchObject({
    ...{ status: 200, type: 'application/x-protobuf', answer: {} },
  });
  expect((await exportJson({}, { ...tenant.backEnd })).text).toBe('{}');
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

test('thousands of broken bodies are each taken or refused, and nothing is recorded of those that are refused', async () => {
  const request = exportRequest(
    [
      span(httpCall, {
        events: [{ name: 'x', timeUnixNano: '1', attributes: attributes({ a: [1, { b: 2.5 }] }) }],
      }),
      span({ 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': '[{"role":"user","parts":[]}]' }),
      span(
        { 'gen_ai.tool.name': 'saw', 'gen_ai.tool.call.arguments': { depth: 3 } },
        { status: { code: 2 } },
      ),
    ],
    { 'service.name': 'fuzz' },
  );
  const [text, bytes] = [Buffer.from(JSON.stringify(request)), encodeRequest(request)];
  const random = seededRandom(20_261_122);
  const bodies = Array.from({ length: 700 }, () => [
    { headers: protobuf, body: mutate(bytes, random) },
    { headers: json, body: mutate(text, random) },
    { headers: json, body: Buffer.from(JSON.stringify(spoil(request, random))) },
  ]).flat();
  const sendAll = async (all: typeof bodies, who: Tenant) => {
    const [left, refused] = [[...all], [] as typeof bodies];
    const worker = async (): Promise<void> => {
      for (let one = left.pop(); one !== undefined; one = left.pop()) {
        const { status, answer } = await sendSpans(url(), one.body, { ...who.agent, ...one.headers });
        if (status >= 500)
          throw new Error(`${status} ${JSON.stringify(answer)}: ${one.body.toString('base64')}`);
        if (status !== 200) refused.push(one);
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    return refused;
  };
  const refused = await sendAll(bodies, tenant);
  expect(refused.length).toBeGreaterThan(500);
  expect(refused.length).toBeLessThan(bodies.length - 300);
  const other = await makeTenant(services);
  expect(await sendAll(refused, other)).toHaveLength(refused.length);
  expect([await pathsOf(other), await agentEventsOf(other)]).toEqual([[], []]);
}, 120_000);

test('what may be tried again says when: 429 and 503 with Retry-After', async () => {
  const logDir = await mkdtemp(path.join(tmpdir(), 'otas-otlp-'));
  const away = {
    ...{ UASAM_URL: 'http://127.0.0.1:9', EVENT_LOG_DIR: logDir, REQUESTS_PER_CREDENTIAL_PER_MINUTE: '1' },
    LOG_LEVEL: 'silent',
  };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env: { ...services.env, ...away } });
  const alone = otlpClient(() => ({ ...services, brain }));
  const [bytes, type] = [encodeRequest(httpSpanRequest()), protobuf['Content-Type']];
  expect(await alone.exportProtobuf(bytes, tenant.agent)).toEqual({
    ...{ status: 503, type, retryAfter: '1', answer: { code: 14, message: 'auth_service_error' } },
  });
  expect(await alone.exportProtobuf(bytes, tenant.agent)).toEqual({
    ...{
      status: 429,
      type,
      retryAfter: expect.any(String),
      answer: { code: 8, message: 'rate_limit_exceeded' },
    },
  });
  await brain.stop();
  await rm(logDir, { recursive: true, force: true });
});
