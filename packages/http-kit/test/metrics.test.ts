import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import {
  anybody,
  counter,
  createApp,
  createHttpServer,
  createLogger,
  Durations,
  EventStream,
  endpoint,
  gauge,
  listen,
  type Metric,
  type MetricsServer,
  type RawBody,
  RequestMetrics,
  startMetricsServer,
  stopListening,
} from '../src';
import { RequestLimits } from '../src/limits/request-limits';

const logger = createLogger('test', 'silent');
let requests: RequestMetrics;
let limits: RequestLimits;
let server: http.Server;
let url: string;

const open = { authenticate: anybody, status: 200 };

beforeEach(async () => {
  requests = new RequestMetrics();
  limits = new RequestLimits({
    rules: [{ name: 'few', per: 'address', perMinute: 2, appliesTo: ({ path }) => path === '/limited/' }],
    trustProxy: false,
    redis: null,
  });
  const app = createApp({
    endpoints: [
      endpoint({ ...open, methods: ['GET'], path: '/things/{thing}/', handle: () => ({}) }),
      endpoint({ ...open, methods: ['GET'], path: '/limited/', handle: () => ({}) }),
      endpoint({
        ...open,
        methods: ['POST'],
        path: '/sent/',
        body: (raw: RawBody) => raw.text(),
        handle: () => ({}),
      }),
      endpoint({
        ...open,
        methods: ['GET'],
        path: '/stream/',
        handle: () => new EventStream({ stalledMs: 1000, run: (writer) => writer.write('data: x\n\n') }),
      }),
    ],
    ...{ logger, bodyMaxBytes: 1000, corsOrigins: ['*'], limits, metrics: requests },
  });
  server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000 });
  url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
});
afterEach(async () => {
  limits.stop();
  await stopListening(server, 100);
});

const get = async (path: string, method = 'GET') => (await fetch(`${url}${path}`, { method })).status;

/** The samples of a metric, as `{label="value"} number`, those of other statuses or routes left out. */
async function read(metrics: readonly Metric[], name: string): Promise<string[]> {
  const metric = metrics.find((one) => one.name === name);
  const samples = (await metric?.read()) ?? [];
  return samples.map(({ labels = {}, suffix = '', value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
    return `${suffix}{${pairs.join(' ')}} ${value}`;
  });
}
const counted = () => read(requests.metrics(), 'otas_http_requests_total');
const timed = async () =>
  (await read(requests.metrics(), 'otas_http_request_duration_seconds')).filter((one) =>
    one.startsWith('_count'),
  );

test('requests are counted by the route as it is declared, however its path was written', async () => {
  for (const path of ['/things/a/', '/things/b', '//things/c', '/things/d/?e=f']) await get(path);
  await get('/things/g', 'HEAD');
  expect(await counted()).toEqual(['{method=GET route=/things/{thing}/ status=200} 5']);
  expect(await timed()).toEqual(['_count{method=GET route=/things/{thing}/} 5']);
});

test('what is for no route, or with a method that it does not have, makes no labels of its own', async () => {
  for (const path of ['/', '/nothing/', '/things', '/healthz']) expect(await get(path)).toBe(404);
  for (const method of ['PUT', 'PATCH', 'PROPFIND']) expect(await get('/limited/', method)).toBe(405);
  const labels = (await counted()).map((one) => one.split('}')[0]);
  expect(labels).toContain('{method=GET route=none status=404');
  expect(labels).toContain('{method=PUT route=/limited/ status=405');
  expect(labels).toContain('{method=other route=/limited/ status=405');
  expect(labels.join()).not.toMatch(/PATCH|PROPFIND|nothing/);
});

test('a stream is counted, and its length says nothing of how fast the service is', async () => {
  await (await fetch(`${url}/stream/`)).text();
  while ((await counted()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await counted()).toEqual(['{method=GET route=/stream/ status=200} 1']);
  expect(await timed()).toEqual(['_count{method=GET route=/stream/} 0']);
});

test('a client that goes before it has sent its body is counted as gone, with 499', async () => {
  const arrived = once(server, 'request');
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /sent/ HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n');
  await arrived;
  socket.destroy();
  while ((await counted()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await counted()).toEqual(['{method=POST route=/sent/ status=499} 1']);
});

test('what a limit refuses is counted under its name', async () => {
  const statuses = [];
  for (let request = 0; request < 5; request++) statuses.push(await get('/limited/'));
  expect(statuses).toEqual([200, 200, 429, 429, 429]);
  expect(await read(limits.metrics(), 'otas_rate_limited_requests_total')).toEqual(['{limit=few} 3']);
  expect(await counted()).toEqual([
    '{method=GET route=/limited/ status=200} 2',
    '{method=GET route=/limited/ status=429} 3',
  ]);
});

test('a duration falls into every bucket whose bound it does not pass, and into the last one whatever it is', () => {
  const durations = new Durations();
  for (const ms of [1, 1.01, 250, 99_999]) durations.add(ms);
  const samples = durations.samples({ a: 'b' });
  const bucket = (le: string) => samples.find((one) => one.labels?.le === le)?.value;
  expect(['0.001', '0.0025', '0.1', '0.25', '10', '+Inf'].map(bucket)).toEqual([1, 2, 2, 3, 3, 4]);
  expect(samples.slice(-2)).toEqual([
    { suffix: '_sum', labels: { a: 'b' }, value: 100.25101 },
    { suffix: '_count', labels: { a: 'b' }, value: 4 },
  ]);
});

describe('the port of metrics', () => {
  let metrics: MetricsServer;
  let fails = false;
  const start = (port: number) =>
    startMetricsServer({
      ...{ host: '127.0.0.1', port, logger },
      metrics: [
        gauge('a_gauge', 'Up and down.', () => 1.5),
        counter('a_total', 'Up.', () => {
          if (fails) throw new Error('a secret of the store');
          return 7;
        }),
        {
          name: 'odd',
          help: 'With quotes.',
          type: 'gauge',
          read: () => [{ value: 1, labels: { a: 'x"\n\\' } }],
        },
      ],
    });
  beforeEach(async () => {
    fails = false;
    metrics = await start(0);
  });
  afterEach(() => metrics.stop());
  const scrape = () => fetch(`http://127.0.0.1:${metrics.port}/metrics`);

  test('shows ours and those of every process in the format of Prometheus', async () => {
    const answer = await scrape();
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).toContain('# HELP a_gauge Up and down.\n# TYPE a_gauge gauge\na_gauge 1.5\n');
    expect(text).toContain('# TYPE a_total counter\na_total 7\n');
    expect(text).toContain('odd{a="x\\"\\n\\\\"} 1\n');
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds'])
      expect(text).toContain(name);
  });

  test('answers 500 without a word when a number cannot be read, and goes on', async () => {
    fails = true;
    const answer = await scrape();
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    fails = false;
    expect((await scrape()).status).toBe(200);
  });

  test('is not shared: a second one on it is refused', async () => {
    await expect(start(metrics.port)).rejects.toThrow('EADDRINUSE');
  });
});
