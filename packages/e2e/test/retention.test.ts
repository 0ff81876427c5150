import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineProcess, startClickHouse } from '@otas/embedded';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { sessionPath } from './support/v2';

let dir: string;
let clickhouse: EngineProcess;
let services: Services;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-retention-'));
  // A database of its own: the Brains of other tests know other rules.
  clickhouse = await startClickHouse({ dir: path.join(dir, 'clickhouse') });
  services = await startServices({
    CLICKHOUSE_URL: clickhouse.url,
    ERASURE_POLL_MS: '300',
    RETENTION_SWEEP_MS: '300',
    RETENTION_DAYS: '100',
  });
});
afterAll(async () => {
  await services.stop();
  await clickhouse.stop();
  await rm(dir, { recursive: true, force: true });
});

const dayMs = 24 * 60 * 60 * 1000;
const ago = (days: number): string => new Date(Date.now() - days * dayMs).toISOString();

/** An event of each kind, as many days old. */
async function log(tenant: Tenant, days: number): Promise<void> {
  const event = { ...minimalEvent(tenant), path: `/${days}`, event_time: ago(days) };
  const url = `${services.brain.url}/api/v1/backend/log/agent/`;
  expect((await send('POST', url, tenant.agent, event)).status).toBe(201);
  const body = { type: 'thinking', content: String(days), created_at: ago(days) };
  const v2 = `${services.brain.url}/v2/agents${sessionPath(tenant)}/events`;
  expect((await send('POST', v2, tenant.agent, body)).status).toBe(201);
}

const setRetention = (tenant: Tenant, days: unknown): Promise<Answer> =>
  send('POST', `${services.uasam.url}/api/project/v1/retention/`, tenant.reader, { retention_days: days });

/** What each kind of read shows of a tenant, by the age in days. */
async function readAll(tenant: Tenant): Promise<string[][]> {
  const get = async (url: string): Promise<Answer['body']> => {
    const answer = await send('GET', `${services.brain.url}${url}`, tenant.reader);
    expect([url, answer.status]).toEqual([url, 200]);
    return answer.body;
  };
  const days = `start_date=${ago(200).slice(0, 10)}&end_date=${ago(0).slice(0, 10)}`;
  const exported = async (kind: string): Promise<Answer['body'][]> => {
    const url = `${services.brain.url}/api/v1/export/?format=ndjson&kind=${kind}`;
    const text = await (await fetch(url, { headers: tenant.reader })).text();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const v2 = { 'x-api-key': tenant.sdkKey };
  const agentEvents = `${services.brain.url}/v2/agents${sessionPath(tenant)}/events`;
  return [
    (await readSession(services, tenant)).map((event) => event.path),
    (await get(`/api/v1/agent/path-timeseries/?${days}`)).paths.map((one: { path: string }) => one.path),
    (await exported('backend_event')).map((event) => event.path),
    (await exported('agent_event')).map((event) => `/${JSON.parse(event.fields).content}`),
    (await send('GET', agentEvents, v2)).body.events.map((one: { content: string }) => `/${one.content}`),
  ].map((list) => list.sort());
}

async function countRows(tenant: Tenant): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['backend_events', 'agent_events', 'event_ids']) {
    const sql = `SELECT count() FROM ${services.env.CLICKHOUSE_DATABASE}.${table} WHERE project_id = '${tenant.projectId}'`;
    const response = await fetch(clickhouse.url, { method: 'POST', body: sql });
    counts[table] = Number(await response.text());
  }
  return counts;
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const endsAtMs = Date.now() + 60_000; !(await isTrue()); await sleep(100))
    if (Date.now() > endsAtMs) throw new Error(`in vain: ${what}`);
}

test('events past the retention of their project are in no read and then in no table; those of others stay', async () => {
  const [tenant, forever, other] = [
    await makeTenant(services),
    await makeTenant(services),
    await makeTenant(services),
  ];
  expect((await setRetention(forever, 0)).status).toBe(200);
  for (const one of [tenant, forever, other]) for (const days of [1, 10, 60]) await log(one, days);
  const all = ['/1', '/10', '/60'];
  for (const list of await readAll(other)) expect(list).toEqual(all);
  const changed = await setRetention(tenant, 30);
  expect([changed.status, changed.body.response_body]).toEqual([
    200,
    { project: expect.objectContaining({ retention_days: 30 }), default_retention_days: 100 },
  ]);
  await until('it is not read', async () => (await readSession(services, tenant)).length === 2);
  for (const list of await readAll(tenant)) expect(list).toEqual(['/1', '/10']);
  const kept = { backend_events: 2, agent_events: 2 };
  await until('it is erased', async () => {
    const { backend_events, agent_events } = await countRows(tenant);
    return backend_events === kept.backend_events && agent_events === kept.agent_events;
  });
  for (const one of [forever, other]) {
    expect(await countRows(one)).toMatchObject({ backend_events: 3, agent_events: 3 });
    for (const list of await readAll(one)) expect(list).toEqual(all);
  }
  // The default holds for those who say nothing; null goes back to it.
  await log(other, 150);
  await log(forever, 150);
  await until('it is erased', async () => (await countRows(other)).backend_events === 3);
  expect((await readAll(other))[0]).toEqual(all);
  expect((await readAll(forever))[0]).toEqual([...all, '/150'].sort());
  expect((await setRetention(forever, null)).body.response_body.project.retention_days).toBeNull();
  await until('it is not read', async () => (await readSession(services, forever)).length === 3);
}, 200_000);
