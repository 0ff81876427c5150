import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';
import { type ServiceProcess, startService } from '@otas/stack';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { sessionPath } from './support/v2';

let dir: string;
let postgres: EngineProcess;
let clickhouse: EngineProcess;
let services: Services;
let brain: ServiceProcess;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-erasure-'));
  // Databases of their own: the Brains of other tests would do the work as well.
  [postgres, clickhouse] = await Promise.all([
    startPostgres({ dir: await emptyPostgresDir(path.join(dir, 'postgres')) }),
    startClickHouse({ dir: path.join(dir, 'clickhouse') }),
  ]);
  services = await startServices({
    DATABASE_URL: postgres.url,
    CLICKHOUSE_URL: clickhouse.url,
    ERASURE_POLL_MS: '500',
    LOG_LEVEL: 'silent',
  });
  brain = services.brain;
});
afterAll(async () => {
  await brain.stop();
  await services.stop();
  await Promise.all([postgres.stop(), clickhouse.stop()]);
  await rm(dir, { recursive: true, force: true });
});

const startBrain = (more: Record<string, string> = {}): Promise<ServiceProcess> =>
  startService({ name: 'brain', host: '127.0.0.1', env: { ...services.env, ...more } });

const log = (tenant: Tenant, at = brain): Promise<Answer> =>
  send('POST', `${at.url}/api/v1/backend/log/agent/`, tenant.agent, {
    ...minimalEvent(tenant),
    event_id: randomUUID(),
  });

/** A tenant with events of both kinds in the store. */
async function makeTenantWithEvents(): Promise<Tenant> {
  const tenant = await makeTenant(services);
  for (let count = 0; count < 3; count++) expect((await log(tenant)).status).toBe(201);
  const url = `${brain.url}/v2/agents${sessionPath(tenant)}/events`;
  const answer = await send('POST', url, tenant.agent, { type: 'thinking', content: 'so be it' });
  expect(answer.status).toBe(201);
  return tenant;
}

async function deleteProject(tenant: Tenant): Promise<void> {
  const url = `${services.uasam.url}/api/project/v1/delete/`;
  const answer = await send('POST', url, tenant.reader, { project_name: 'test' });
  expect([answer.status, answer.body.status_description]).toEqual([200, 'project_deleted']);
}

async function query(sql: string): Promise<string[][]> {
  const database = services.env.CLICKHOUSE_DATABASE;
  const url = `${clickhouse.url}/?database=${database}&default_format=JSONCompactEachRow`;
  const response = await fetch(url, { method: 'POST', body: sql });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/** The tables that have rows of the tenant's project. */
async function tablesWithRows({ projectId }: Tenant): Promise<string[]> {
  const tables = await query(
    "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project_id'",
  );
  const found: string[] = [];
  for (const [table = ''] of tables) {
    const [row] = await query(`SELECT count() FROM ${table} WHERE project_id = '${projectId}'`);
    if (Number(row?.[0]) > 0) found.push(table);
  }
  return found;
}

/** Commands by which rows of the tenant's project are or were taken out, without those that ClickHouse has forgotten. */
const erasuresOf = ({ projectId }: Tenant, more = ''): Promise<string[][]> =>
  query(`SELECT table FROM system.mutations WHERE command LIKE '%${projectId}%' ${more}`);

async function isDone({ projectId }: Pick<Tenant, 'projectId'>, of = 'project'): Promise<boolean> {
  const headers = { 'X-OTAS-SERVICE-TOKEN': services.env.SERVICE_TOKENS ?? '' };
  const { body } = await send('GET', `${services.uasam.url}/internal/v1/erasures/`, headers);
  const all: { kind: string; project_id: string; done_at: string | null }[] = body.response.erasures;
  return all.some((one) => one.kind === of && one.project_id === projectId && one.done_at !== null);
}

/** Fails after a minute and a half: an erasure waits a quarter of a minute, and is then a matter of seconds. */
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const endsAtMs = Date.now() + 90_000; !(await isTrue()); await sleep(100)) {
    if (Date.now() > endsAtMs) throw new Error(`in vain: ${what}`);
  }
}

// At the same time, since each erasure waits a quarter of a minute before it begins.
test('a project, a session and an agent that are deleted stop writing within ten seconds, and then nothing of them is left in any store; others keep theirs', async () => {
  await Promise.all([deleteWholeProject(), deleteOneSession(), deleteOneAgent()]);
}, 150_000);

async function untilRefused(tenant: Tenant): Promise<void> {
  const deletedAtMs = Date.now();
  await until('writes are refused', async () => (await log(tenant)).status === 401);
  expect(Date.now() - deletedAtMs).toBeLessThan(10_500);
}

async function deleteWholeProject(): Promise<void> {
  const [tenant, other] = [await makeTenantWithEvents(), await makeTenantWithEvents()];
  await until('its counts are published', async () => (await tablesWithRows(tenant)).length === 4);
  await deleteProject(tenant);
  await untilRefused(tenant);
  await until('the erasure is done', () => isDone(tenant));
  expect(await tablesWithRows(tenant)).toEqual([]);
  expect(await readSession({ brain }, other)).toHaveLength(3);
}

async function deleteOneSession(): Promise<void> {
  const tenant = await makeTenantWithEvents();
  const begun = await send('POST', `${services.uasam.url}/api/agent/v1/session/create/`, tenant.agent, {});
  const { agent_session_id: sessionId, jwt_token: token } = begun.body.response;
  const other = { ...tenant, sessionId, agent: { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': token } };
  expect((await log(other)).status).toBe(201);
  await expectDeletions(`${brain.url}/v2/agents${sessionPath(tenant)}`, [
    ['none', 401],
    [tenant.agentKey, 403],
    [tenant.sdkKey, 403],
    [(await makeTenant(services)).userToken, 403],
    [tenant.userToken, 204],
    [tenant.userToken, 404],
  ]);
  await untilRefused(tenant);
  await until('the erasure is done', () => isDone(tenant, 'session'));
  expect(await readSession({ brain }, tenant)).toEqual([]);
  expect(await readSession({ brain }, other)).toHaveLength(1);
  expect((await log(other)).status).toBe(201);
}

async function deleteOneAgent(): Promise<void> {
  const tenant = await makeTenantWithEvents();
  await expectDeletions(`${brain.url}/v2/agents/agt_${tenant.agentId}`, [
    [tenant.sdkKey, 403],
    [tenant.userToken, 204],
    [tenant.userToken, 404],
  ]);
  await untilRefused(tenant);
  await until('the erasure is done', () => isDone(tenant, 'agent'));
  expect((await tablesWithRows(tenant)).sort()).toEqual(['capture_counts']);
}

/** What a deletion is answered with each of these keys, one after the other. */
async function expectDeletions(url: string, expected: [key: string, status: number][]): Promise<void> {
  for (const [key, status] of expected) {
    const answer = await send('DELETE', url, { 'x-api-key': key });
    expect([key, answer.status]).toEqual([key, status]);
  }
}

test('Brain killed in the middle, and ClickHouse too: the erasure goes on to its end when they are back', async () => {
  const tenant = await makeTenantWithEvents();
  await query('SYSTEM STOP MERGES');
  await deleteProject(tenant);
  await until('the erasure is under way', async () => {
    return (await erasuresOf(tenant, 'AND NOT is_done')).some(([table]) => table === 'backend_events');
  });
  await brain.kill();
  expect(await tablesWithRows(tenant)).toContain('backend_events');
  const port = Number(new URL(clickhouse.url).port);
  await clickhouse.kill();
  brain = await startBrain();
  await sleep(1000);
  clickhouse = await startClickHouse({ dir: path.join(dir, 'clickhouse'), port });
  await until('the erasure is done', () => isDone(tenant));
  expect(await tablesWithRows(tenant)).toEqual([]);
}, 150_000);

test('events in the log of an instance that was down come back only to be erased again', async () => {
  const tenant = await makeTenantWithEvents();
  const EVENT_LOG_DIR = path.join(dir, 'late');
  const late = await startBrain({ EVENT_LOG_DIR, CLICKHOUSE_URL: 'http://127.0.0.1:9' });
  for (let count = 0; count < 3; count++) expect((await log(tenant, late)).status).toBe(201);
  await late.kill();
  await deleteProject(tenant);
  await until('the erasure is done', () => isDone(tenant));
  expect(await tablesWithRows(tenant)).toEqual([]);
  const before = (await erasuresOf(tenant)).length;
  // So that whatever is erased from now on is by the instance that comes back.
  await brain.stop();
  brain = await startBrain({ EVENT_LOG_DIR });
  await until('its events are erased', async () => (await erasuresOf(tenant)).length > before);
  await until('nothing is left', async () => (await tablesWithRows(tenant)).length === 0);
  // Nor after another start, which delivers what is still in the log, and tells of all counts there.
  await brain.stop();
  brain = await startBrain({ EVENT_LOG_DIR });
  const other = await makeTenantWithEvents();
  await until('counts are published', async () => (await tablesWithRows(other)).length === 4);
  await until('nothing is left', async () => (await tablesWithRows(tenant)).length === 0);
}, 150_000);
