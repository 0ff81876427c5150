import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

const { url, exportJson, exportProtobuf, agentEventsOf, pathsOf } = otlpClient(
  () => services,
  () => tenant,
);

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
  const alone = otlpClient(
    () => ({ ...services, brain }),
    () => tenant,
  );
  const [bytes, type] = [encodeRequest(httpSpanRequest()), protobuf['Content-Type']];
  expect(await alone.exportProtobuf(bytes)).toEqual({
    ...{ status: 503, type, retryAfter: '1', answer: { code: 14, message: 'auth_service_error' } },
  });
  expect(await alone.exportProtobuf(bytes)).toEqual({
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
