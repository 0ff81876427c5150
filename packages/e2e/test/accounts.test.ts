import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServiceProcess, startService } from '@otas/stack';
import { agentEventClient } from './support/agent-event-client';
import { type Answer, send } from './support/http';
import { until } from './support/metrics';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { startUasamProxy, type UasamProxy } from './support/uasam-proxy';

const database = `otas_accounts_${randomUUID().slice(0, 8)}`;
let services: Services;
/** Between the second instance and ClickHouse. */
let clickhouseProxy: UasamProxy;
let second: ServiceProcess;
let secondLog: string;
let tenant: Tenant;

beforeAll(async () => {
  services = await startServices({ CLICKHOUSE_DATABASE: database });
  secondLog = await mkdtemp(path.join(tmpdir(), 'otas-log-'));
  clickhouseProxy = await startUasamProxy();
  clickhouseProxy.target = services.env.CLICKHOUSE_URL as string;
  const env = {
    ...{ ...services.env, EVENT_LOG_DIR: secondLog },
    ...{ CLICKHOUSE_URL: clickhouseProxy.url, CAPTURE_VISIBLE_WAIT_MS: '30000' },
  };
  second = await startService({ name: 'brain', host: '127.0.0.1', env });
});
afterAll(async () => {
  await second.stop();
  await clickhouseProxy.stop();
  await services.stop();
  await rm(secondLog, { recursive: true, force: true });
});
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const log = (more: object = {}, brain = services.brain): Promise<Answer> => {
  const body = { ...minimalEvent(tenant), ...more };
  return send('POST', `${brain.url}/api/v1/backend/log/agent/`, tenant.agent, body);
};
const account = async (brain = services.brain) => {
  const answer = await send('GET', `${brain.url}/api/v1/project/capture/`, tenant.reader);
  expect(answer.status).toBe(200);
  const { accepted, stored, waiting, dead } = answer.body.response;
  expect(accepted).toBe(stored + waiting + dead);
  return answer.body.response;
};
const clickhouse = async (query: string) => {
  const answer = await fetch(`${process.env.TEST_CLICKHOUSE_URL}/?database=${database}`, {
    method: 'POST',
    body: query,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text.trim();
};

test('every event is accounted for: accepted, sent again, rejected; and stored is what ClickHouse has', async () => {
  const event_id = randomUUID();
  for (const more of [{}, { event_id }, { event_id }, { event_id }, { status_code: 'x' }, {}])
    await log(more);
  await send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, tenant.agent, 'nonsense');
  expect(await account()).toEqual({
    project_id: tenant.projectId,
    accepted: 3,
    deleted: 0,
    duplicate: 2,
    rejected: 2,
    waiting: 0,
    stored: 3,
    dead: 0,
  });
  const count = `SELECT count() FROM backend_events FINAL WHERE project_id = '${tenant.projectId}'`;
  expect(await clickhouse(count)).toBe('3');
});

test('every instance gives the sum of all, and an id that was sent to both is one event', async () => {
  const event_id = randomUUID();
  await log({ event_id });
  await log({ event_id }, second);
  await log({}, second);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const expected = { accepted: 2, duplicate: 1, stored: 2 };
  expect(await account()).toMatchObject(expected);
  expect(await account(second)).toMatchObject(expected);
  expect(await readSession(services, tenant)).toHaveLength(2);
});

describe('an account that is counted while events are delivered', () => {
  /** Whether ClickHouse had those that were logged meanwhile. */
  let visible: boolean[];
  const logOne = async (): Promise<void> => {
    visible.push((await log({}, second)).body.response.visible);
  };
  /** What happens before the last answer of ClickHouse to each count. */
  const duringCounts = (happen: () => Promise<void>): void => {
    clickhouseProxy.beforeAnswer = async (question) => {
      if (question.includes('log_comment=deleted-count')) await happen();
    };
  };
  const nothing = async (): Promise<void> => undefined;
  beforeEach(() => {
    visible = [];
  });
  afterEach(() => duringCounts(nothing));

  test('has each of them once', async () => {
    duringCounts(async () => {
      duringCounts(nothing);
      await logOne();
    });
    expect(await account(second)).toMatchObject({ accepted: 1, duplicate: 0, waiting: 0, stored: 1 });
    expect(visible).toEqual([true]);
  });

  test('is answered also when they do not cease, and has all of them once they do', async () => {
    duringCounts(logOne);
    await account(second);
    duringCounts(nothing);
    expect(visible.length).toBeGreaterThan(1);
    expect(visible).not.toContain(false);
    const expected = { accepted: visible.length, duplicate: 0, waiting: 0, stored: visible.length };
    expect(await account(second)).toMatchObject(expected);
  });
});

test('an id without a time that two instances get at the same moment is one event, twenty times over', async () => {
  const ids = Array.from({ length: 20 }, () => randomUUID());
  for (const event_id of ids) {
    const answers = await Promise.all([log({ event_id }), log({ event_id }, second)]);
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
  }
  // On a busy machine a 201 may come before ClickHouse has the event; each instance knows what waits in its own log.
  for (const instance of [services.brain, second]) {
    await until(async () => ((await account(instance)).waiting === 0 ? true : null));
  }
  const stored = (await readSession(services, tenant)).map((event) => event.event_id);
  expect([...stored].sort()).toEqual([...ids].sort());
});

test('an event that ClickHouse will never take blocks nobody, is kept, and can be tried again', async () => {
  await clickhouse(
    `ALTER TABLE backend_events ADD CONSTRAINT no_poison CHECK path != '/poison/${tenant.projectId}'`,
  );
  const poison = `/poison/${tenant.projectId}`;
  const answers = await Promise.all([
    log({ path: '/1' }),
    log({ path: poison }),
    log({ path: '/2' }),
    log({ path: '/3' }),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201]);
  expect(answers.map((answer) => answer.body.response.visible)).toEqual([true, false, true, true]);
  expect(await readSession(services, tenant)).toHaveLength(3);
  expect(await account()).toMatchObject({ accepted: 4, stored: 3, dead: 1 });
  const dead = await send('GET', `${services.brain.url}/api/v1/project/capture/dead/`, tenant.reader);
  expect(dead.body.dead).toEqual([
    { reason: expect.stringContaining('no_poison'), event: expect.objectContaining({ path: poison }) },
  ]);

  await clickhouse('ALTER TABLE backend_events DROP CONSTRAINT no_poison');
  const replay = await send(
    'POST',
    `${services.brain.url}/api/v1/project/capture/dead/replay/`,
    tenant.reader,
  );
  expect(replay.body.response).toEqual({ replayed: 1 });
  await log({ path: '/4' });
  expect((await readSession(services, tenant)).map((event) => event.path).sort()).toEqual(
    ['/1', '/2', '/3', '/4', poison].sort(),
  );
  expect(await account()).toMatchObject({ accepted: 5, stored: 5, dead: 0 });
  const none = await send('GET', `${services.brain.url}/api/v1/project/capture/dead/`, tenant.reader);
  expect(none.body.dead).toEqual([]);
});

test('of a batch only the events that ClickHouse will never take are set aside, beside known ones and new ones', async () => {
  const poison = `/poison/${tenant.projectId}`;
  const name = `no_poison_${randomUUID().slice(0, 8)}`;
  await clickhouse(`ALTER TABLE backend_events ADD CONSTRAINT ${name} CHECK path != '${poison}'`);
  const known = randomUUID();
  await log({ path: '/0', event_id: known });
  const paths = ['/1', poison, '/2', '/3', '/4', poison, '/5'];
  const events = [
    ...paths.map((one) => ({ ...minimalEvent(tenant), path: one })),
    { ...minimalEvent(tenant), path: '/6', event_id: randomUUID() },
    { ...minimalEvent(tenant), path: '/0', event_id: known },
  ];
  const url = `${services.brain.url}/api/v1/backend/log/agent/batch/`;
  const [batch, other] = await Promise.all([
    send('POST', url, tenant.agent, { events }),
    log({ path: '/7' }),
  ]);
  expect([batch.status, batch.body.response.visible, other.body.response.visible]).toEqual([
    201,
    false,
    true,
  ]);
  expect(await account()).toMatchObject({ accepted: 10, duplicate: 1, waiting: 0, stored: 8, dead: 2 });

  await clickhouse(`ALTER TABLE backend_events DROP CONSTRAINT ${name}`);
  const replay = `${services.brain.url}/api/v1/project/capture/dead/replay/`;
  expect((await send('POST', replay, tenant.reader)).body.response).toEqual({ replayed: 2 });
  await log({ path: '/8' });
  const stored = (await readSession(services, tenant)).map((event) => event.path);
  expect(stored.sort()).toEqual([poison, poison, ...Array.from({ length: 9 }, (_, at) => `/${at}`)].sort());
  expect(await account()).toMatchObject({ accepted: 11, duplicate: 1, waiting: 0, stored: 11, dead: 0 });
});

test('an agent event that ClickHouse will never take is set aside too, and can be tried again', async () => {
  const name = `no_poison_${randomUUID().slice(0, 8)}`;
  const poison = `poison ${tenant.projectId}`;
  await clickhouse(
    `ALTER TABLE agent_events ADD CONSTRAINT ${name} CHECK NOT has([fields], '{"content":"${poison}"}')`,
  );
  const client = agentEventClient(
    () => services,
    () => tenant,
  );
  const contents = ['a', poison, 'b'];
  const events = contents.map((content) => ({ type: 'thinking', id: `aev_${randomUUID()}`, content }));
  const [recorded] = await Promise.all([client.record({ events }), log({ path: '/1' })]);
  expect([recorded.status, recorded.body.events.length]).toEqual([201, 3]);
  expect((await client.readAll()).map(({ content }) => content)).toEqual(['a', 'b']);
  expect(await account()).toMatchObject({ accepted: 4, stored: 3, dead: 1 });
  const dead = await send('GET', `${services.brain.url}/api/v1/project/capture/dead/`, tenant.reader);
  expect(dead.body.dead).toEqual([
    {
      reason: expect.stringContaining(name),
      event: expect.objectContaining({ ...events[1], session_key: `ase_${tenant.sessionId}` }),
    },
  ]);

  await clickhouse(`ALTER TABLE agent_events DROP CONSTRAINT ${name}`);
  const replay = `${services.brain.url}/api/v1/project/capture/dead/replay/`;
  expect((await send('POST', replay, tenant.reader)).body.response).toEqual({ replayed: 1 });
  await log({ path: '/2' });
  expect((await client.readAll()).map(({ content }) => content)).toEqual(contents);
  expect(await account()).toMatchObject({ accepted: 5, stored: 5, dead: 0, duplicate: 0 });
});

test('only an Admin of the project sees its account', async () => {
  const other = await makeTenant(services);
  const ask = async (headers: Record<string, string>) => {
    const answers = await Promise.all([
      send('GET', `${services.brain.url}/api/v1/project/capture/`, headers),
      send('GET', `${services.brain.url}/api/v1/project/capture/dead/`, headers),
      send('POST', `${services.brain.url}/api/v1/project/capture/dead/replay/`, headers),
    ]);
    return answers.map((answer) => [answer.status, answer.body.status_description]);
  };
  const user = { 'X-OTAS-USER-TOKEN': tenant.userToken };
  expect(await ask({})).toEqual(Array(3).fill([401, 'missing_user_token']));
  expect(await ask(user)).toEqual(Array(3).fill([400, 'missing_project_id']));
  expect(await ask({ ...user, 'X-OTAS-PROJECT-ID': other.projectId })).toEqual(
    Array(3).fill([403, 'user_project_mapping_invalid']),
  );
  expect(await ask({ ...tenant.reader, 'X-OTAS-USER-TOKEN': 'nonsense' })).toEqual(
    Array(3).fill([401, 'invalid_token']),
  );
});
