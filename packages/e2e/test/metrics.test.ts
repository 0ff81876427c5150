import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startService } from '@otas/stack';
import { parse } from 'yaml';
import { findFreePort } from '../../../test/find-free-port';
import { read } from './support/deployment';
import { send } from './support/http';
import { type Scrape, scrape, until } from './support/metrics';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { startUasamProxy, type UasamProxy } from './support/uasam-proxy';

let clickhouse: UasamProxy;
let services: Services;
let ports: { uasam: number; brain: number };
let tenant: Tenant;

beforeAll(async () => {
  clickhouse = await startUasamProxy();
  clickhouse.target = process.env.TEST_CLICKHOUSE_URL as string;
  ports = { uasam: await findFreePort(), brain: await findFreePort() };
  services = await startServices({
    CLICKHOUSE_URL: clickhouse.url,
    CLICKHOUSE_TIMEOUT_MS: '2000',
    CAPTURE_VISIBLE_WAIT_MS: '30000',
    UASAM_METRICS_PORT: String(ports.uasam),
    BRAIN_METRICS_PORT: String(ports.brain),
    LOG_LEVEL: 'silent',
  });
  tenant = await makeTenant(services);
});
afterAll(async () => {
  await services.stop();
  await clickhouse.stop();
});

const logPath = '/api/v1/backend/log/agent/';
const log = (brainUrl = services.brain.url) =>
  send('POST', `${brainUrl}${logPath}`, tenant.agent, minimalEvent(tenant));
const differenceOf =
  (before: Scrape, after: Scrape) =>
  (name: string, labels = {}): number =>
    after.sum(name, labels) - before.sum(name, labels);

test('a captured event is counted once in every place that it passes', async () => {
  await log();
  const before = await scrape(ports.brain);
  expect((await log()).body.response.visible).toBe(true);
  const added = differenceOf(before, await scrape(ports.brain));
  const route = { method: 'POST', route: logPath };
  expect(added('otas_http_requests_total', { ...route, status: '201' })).toBe(1);
  expect(added('otas_http_request_duration_seconds_count', route)).toBe(1);
  expect(added('otas_http_request_duration_seconds_bucket', { ...route, le: '+Inf' })).toBe(1);
  expect(added('otas_events_captured_total')).toBe(1);
  expect(added('otas_clickhouse_inserts_total')).toBe(1);
  expect(added('otas_clickhouse_inserted_events_total')).toBe(1);
  expect(added('otas_clickhouse_insert_duration_seconds_count')).toBe(1);
  expect(added('otas_authorization_answers_total', { use: 'capture', from: 'memory' })).toBe(1);
  expect(added('otas_authorization_answers_total', { use: 'capture', from: 'uasam' })).toBe(0);
});

test('what a client puts into a path or a method never becomes a label', async () => {
  const secret = 'agt_abcdefghijklmnopqrstuvwx';
  await send('GET', `${services.brain.url}/v2/agents/${secret}`, tenant.reader);
  await send('GET', `${services.brain.url}/${secret}/`);
  await send('DELETE', `${services.brain.url}${logPath}`);
  await send('PATCH', `${services.brain.url}${logPath}`);
  await send('GET', `${services.uasam.url}/${secret}`);
  for (const port of [ports.brain, ports.uasam]) expect((await scrape(port)).text).not.toContain(secret);
  const { sum } = await scrape(ports.brain);
  expect(sum('otas_http_requests_total', { route: '/v2/agents/{agent_key}', method: 'GET' })).toBe(1);
  expect(sum('otas_http_requests_total', { route: 'none', status: '404' })).toBe(1);
  expect(sum('otas_http_requests_total', { route: logPath, method: 'DELETE', status: '405' })).toBe(1);
  expect(sum('otas_http_requests_total', { route: logPath, method: 'other', status: '405' })).toBe(1);
});

test('while ClickHouse is away, the age of the oldest event that waits for it grows, and falls to 0 after', async () => {
  const slow = { ...services.env, CAPTURE_VISIBLE_WAIT_MS: '0', LOG_LEVEL: 'silent' };
  const [dir, port] = [await mkdtemp(path.join(tmpdir(), 'otas-metrics-')), await findFreePort()];
  const env = { ...slow, EVENT_LOG_DIR: dir, BRAIN_METRICS_PORT: String(port) };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  try {
    await log(brain.url);
    await until(async () => ((await scrape(port)).sum('otas_event_log_events') === 0 ? true : null));
    clickhouse.isCut = () => true;
    const before = await scrape(port);
    for (let event = 0; event < 3; event++) expect((await log(brain.url)).body.response.visible).toBe(false);
    const during = await until(async () => {
      const seen = await scrape(port);
      const isSeen = seen.sum('otas_event_log_oldest_age_seconds') > 1;
      return isSeen && seen.sum('otas_clickhouse_insert_retries_total') > 0 ? seen : null;
    });
    expect(during.sum('otas_event_log_events', { log: 'worker-1' })).toBe(3);
    expect(during.sum('otas_event_log_bytes')).toBeGreaterThan(before.sum('otas_event_log_bytes'));
    expect(during.sum('otas_clickhouse_insert_failures_total')).toBeGreaterThan(0);
    expect(during.sum('otas_event_log_oldest_age_seconds')).toBeLessThan(60);
    clickhouse.isCut = () => false;
    const after = await until(async () => {
      const seen = await scrape(port);
      return seen.sum('otas_event_log_events') === 0 ? seen : null;
    });
    expect(after.sum('otas_event_log_oldest_age_seconds')).toBe(0);
    expect(differenceOf(before, after)('otas_clickhouse_inserted_events_total')).toBe(3);
  } finally {
    clickhouse.isCut = () => false;
    await brain.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

test('metrics are on their own port alone, and that has nothing else', async () => {
  for (const { url } of [services.brain, services.uasam]) {
    expect((await send('GET', `${url}/metrics`)).status).toBe(404);
  }
  for (const port of [ports.brain, ports.uasam]) {
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(404);
  }
});

test('each worker of Brain has a port of its own, and together they tell of every request', async () => {
  const [dir, port] = [await mkdtemp(path.join(tmpdir(), 'otas-metrics-')), await findFreePort()];
  const env = { ...services.env, EVENT_LOG_DIR: dir, WEB_CONCURRENCY: '2', BRAIN_METRICS_PORT: String(port) };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  try {
    // The second worker may be a moment behind the first.
    const both = () => Promise.all([port, port + 1].map(scrape)).catch(() => null);
    await until(both);
    for (let event = 0; event < 10; event++) expect((await log(brain.url)).status).toBe(201);
    const workers = (await both()) ?? [];
    const captured = workers.map(({ sum }) => sum('otas_events_captured_total'));
    expect(captured.reduce((sum, one) => sum + one, 0)).toBe(10);
    expect(workers.map(({ text }) => /log="(worker-\d)"/.exec(text)?.[1])).toEqual(['worker-1', 'worker-2']);
  } finally {
    await brain.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const rules: readonly Rule[] = parse(read('infra/prometheus/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const dashboard = JSON.parse(read('infra/grafana/dashboards/otas.json'));
const panels: readonly { title: string; targets: { expr: string; datasource: { uid: string } }[] }[] =
  dashboard.panels;

/** What a question names that is no function, no label and no number. */
function metricsIn(question: string): string[] {
  const bare = question
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const words = [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\w|\s*\()/gi)].map(([word]) => word);
  return words.filter((word) => !['and', 'or', 'unless', 'bool', 'by'].includes(word));
}

test('what is named by a question is found', () => {
  const question = 'sum by (job, le) (rate(a_total{status=~"5.."}[5m])) / on (x) max(b) > 0.5 or vector(0)';
  expect(metricsIn(question)).toEqual(['a_total', 'b']);
});

test('every metric that an alert or a panel names is one that a service shows', async () => {
  const shown = new Set([...(await scrape(ports.brain)).names, ...(await scrape(ports.uasam)).names, 'up']);
  const questions = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap((p) => p.targets.map((t) => t.expr)),
  ];
  expect(questions.length).toBeGreaterThan(40);
  for (const question of questions) {
    const named = metricsIn(question);
    expect(named).not.toHaveLength(0);
    expect([...shown]).toEqual(expect.arrayContaining(named));
  }
});

test('every metric of ours is on the dashboard', async () => {
  const shown = [...(await scrape(ports.brain)).names, ...(await scrape(ports.uasam)).names];
  const ours = shown.filter((name) => name.startsWith('otas_') && !/_(?:sum|count)$/.test(name));
  expect(ours.length).toBeGreaterThan(15);
  const onIt = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
  expect(onIt).toEqual(expect.arrayContaining(ours));
});

test('every alert says what it means and what to do in docs/operations.md', () => {
  const docs = read('docs/operations.md');
  expect(rules.length).toBeGreaterThan(8);
  const missing = rules.filter(({ alert }) => !docs.includes(`| \`${alert}\``));
  expect(missing.map(({ alert }) => alert)).toEqual([]);
});

test('a session read counts nothing as captured', async () => {
  const before = await scrape(ports.brain);
  expect((await readSession(services, tenant)).length).toBeGreaterThan(0);
  const added = differenceOf(before, await scrape(ports.brain));
  expect(added('otas_events_captured_total')).toBe(0);
  expect(added('otas_http_requests_total', { route: '/api/v1/agent/session/events/', status: '200' })).toBe(
    1,
  );
});
