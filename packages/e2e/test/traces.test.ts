import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startService } from '@otas/stack';
import { type Collector, type ReceivedSpan, startCollector } from './support/collector';
import { send } from './support/http';
import { until } from './support/metrics';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

let collector: Collector;
let services: Services;
let tenant: Tenant;

beforeAll(async () => {
  collector = await startCollector();
  services = await startServices({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    LOG_LEVEL: 'silent',
  });
  tenant = await makeTenant(services);
});
afterAll(async () => {
  await services.stop();
  await collector.stop();
});

const logPath = '/api/v1/backend/log/agent/';
const log = (headers: Record<string, string> = {}, who: Tenant = tenant) =>
  send('POST', `${services.brain.url}${logPath}`, { ...who.agent, ...headers }, minimalEvent(who));

/** The spans of a trace, once there are as many. */
const spansOf = (traceId: string, count: number): Promise<ReceivedSpan[]> =>
  until(async () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    return spans.length >= count ? spans : null;
  });

function newTrace(): { traceId: string; spanId: string; headers: Record<string, string> } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

test('a request that comes with a trace is a part of it in Brain, and so is what Brain asks UASAM for it', async () => {
  const { traceId, spanId, headers } = newTrace();
  expect((await log(headers)).status).toBe(201);
  const spans = await spansOf(traceId, 3);
  expect(spans).toHaveLength(3);
  const brain = spans.find(({ kind, service }) => kind === 2 && service === 'otas-brain');
  const question = spans.find(({ kind }) => kind === 3);
  const uasam = spans.find(({ service }) => service === 'otas-uasam');
  expect(brain).toMatchObject({ name: `POST ${logPath}`, parentSpanId: spanId, isError: false });
  expect(brain?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': logPath,
    'http.response.status_code': 201,
  });
  expect(question).toMatchObject({ service: 'otas-brain', parentSpanId: brain?.spanId });
  expect(uasam).toMatchObject({
    name: 'POST /internal/v1/authorize/',
    kind: 2,
    parentSpanId: question?.spanId,
  });
});

test('a request without a trace, or with a broken one, begins one of its own', async () => {
  for (const headers of [{}, { traceparent: '00-zz-zz-01' }]) {
    const other = await makeTenant(services);
    const known = new Set(collector.spans.map((span) => span.traceId));
    expect((await log(headers, other)).status).toBe(201);
    const span = await until(async () => {
      const isNew = ({ traceId, name }: ReceivedSpan) => !known.has(traceId) && name === `POST ${logPath}`;
      return collector.spans.find(isNew) ?? null;
    });
    expect(span.parentSpanId).toBeNull();
  }
});

test('what failed on the way is marked, and what was refused is not', async () => {
  const refused = newTrace();
  expect((await log({ ...refused.headers, 'X-OTAS-AGENT-KEY': 'agent_bad.key' })).status).toBe(401);
  const [span] = (await spansOf(refused.traceId, 1)).filter(({ kind }) => kind === 2);
  expect(span).toMatchObject({ isError: false });
  expect(span?.attributes['http.response.status_code']).toBe(401);
});

test('spans hold no credentials, no paths of clients and no health checks', async () => {
  const last = newTrace();
  await send('GET', `${services.brain.url}/v2/agents/agt_abcdefghijklmnopqrstuvwx`, {
    ...tenant.reader,
    ...last.headers,
  });
  for (const { url } of [services.brain, services.uasam])
    await send('GET', `${url}/readyz`, newTrace().headers);
  await spansOf(last.traceId, 1);
  const text = JSON.stringify(collector.spans);
  for (const secret of [
    tenant.agentKey,
    tenant.userToken,
    tenant.sessionToken,
    'abcdefghijklmnopqrstuvwx',
    'readyz',
  ]) {
    expect(text).not.toContain(secret);
  }
});

test.each(['hangs', 'is not there'])(
  'a collector that %s holds up neither a request nor a stop',
  async (how) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    if (how !== 'hangs') silent.close();
    const logDir = await mkdtemp(path.join(tmpdir(), 'otas-traces-'));
    const brain = await startService({
      name: 'brain',
      host: '127.0.0.1',
      env: {
        ...services.env,
        EVENT_LOG_DIR: logDir,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      },
    });
    const url = `${brain.url}${logPath}`;
    expect((await send('POST', url, tenant.agent, minimalEvent(tenant))).status).toBe(201);
    process.kill(brain.pid, 'SIGTERM');
    // Forced would be 1.
    expect(await brain.exited).toEqual({ code: 0, signal: null });
    if (how === 'hangs') silent.close();
    await rm(logDir, { recursive: true, force: true });
  },
);
