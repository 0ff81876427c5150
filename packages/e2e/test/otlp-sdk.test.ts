import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { otlpClient } from './support/otlp-client';
import { type Services, startServices } from './support/services';
import { slowMs, startTarget } from './support/target';
import { makeTenant, readSession, type Tenant } from './support/tenant';

type Json = Record<string, unknown>;

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const { url, agentEventsOf, newSession } = otlpClient(
  () => services,
  () => tenant,
);

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
