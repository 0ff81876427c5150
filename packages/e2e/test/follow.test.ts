import { setTimeout as sleep } from 'node:timers/promises';
import { startService } from '@otas/stack';
import { addAgentEvents } from './support/agent-events';
import { StreamClient, type StreamEvent } from './support/event-stream';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

const perProjectMax = 3;
let services: Services;
let tenant: Tenant;
const clients: StreamClient[] = [];

beforeAll(async () => {
  services = await startServices({
    FOLLOWERS_PER_PROJECT_MAX: String(perProjectMax),
    FOLLOW_HEARTBEAT_MS: '200',
    FOLLOW_STALLED_MS: '2000',
  });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function follow(
  more: { cursor?: string; lastId?: string; brain?: { url: string }; headers?: Record<string, string> } = {},
): Promise<StreamClient> {
  const cursor = more.cursor === undefined ? '' : `&cursor=${more.cursor}`;
  const { url } = more.brain ?? services.brain;
  const client = await StreamClient.open(
    `${url}/api/v1/agent/session/timeline/?session_id=${tenant.sessionId}&follow=true${cursor}`,
    {
      ...(more.headers ?? tenant.reader),
      ...(more.lastId === undefined ? {} : { 'Last-Event-ID': more.lastId }),
    },
  );
  clients.push(client);
  return client;
}

const log = async (more: object = {}, url = services.brain.url) => {
  const body = { ...minimalEvent(tenant), ...more };
  const answer = await send('POST', `${url}/api/v1/backend/log/agent/`, tenant.agent, body);
  expect([answer.status, answer.body.response?.visible]).toEqual([201, true]);
  return answer.body.response.event_id as string;
};
const idOf = ({ data }: StreamEvent) => (data.event_id ?? data.id.slice(4)) as string;
const idsOf = (client: StreamClient) => client.events.map(idOf);
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const readPage = async (limit = 500) => {
  const url = `${services.brain.url}/api/v1/agent/session/timeline/?session_id=${tenant.sessionId}&limit=${limit}`;
  return (await send('GET', url, tenant.reader)).body;
};

test('a stream has what is there as the timeline gives it, then what arrives, within a second', async () => {
  for (let count = 0; count < 450; count += 50) {
    await Promise.all(Array.from({ length: 50 }, () => log({ event_time: secondsAgo(100 - count / 10) })));
  }
  await addAgentEvents(services, tenant, { time: secondsAgo(50) });
  const client = await follow();
  expect([client.status, client.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  await client.untilLive();
  expect(client.events.map(({ data }) => data)).toEqual((await readPage()).events);
  expect(client.events).toHaveLength(451);
  const delays: number[] = [];
  for (let count = 0; count < 10; count++) {
    const isCall = count % 2 === 0;
    const sentAtMs = performance.now();
    const id = isCall ? await log() : (await addAgentEvents(services, tenant, { time: secondsAgo(0) }))[0];
    await client.until(() => idsOf(client).includes(id as string));
    delays.push((client.events.at(-1)?.atMs ?? 0) - sentAtMs);
    expect(client.events.at(-1)?.data.kind).toBe(isCall ? 'backend_event' : 'agent_event');
    expect(client.events.at(-1)?.event).toBe('message');
  }
  expect(Math.max(...delays)).toBeLessThan(1000);
  expect(client.events.some(({ data }) => 'late' in data)).toBe(false);
});

test('an event with an earlier time is sent when it arrives, once, and marked', async () => {
  await log({ event_time: secondsAgo(10) });
  const client = await follow();
  await client.untilLive();
  const late = await log({ event_time: secondsAgo(20) });
  await client.until(() => client.events.length === 2);
  expect([client.events[1]?.data.event_id, client.events[1]?.data.late]).toEqual([late, true]);
  const next = await log();
  await client.until(() => client.events.length === 3);
  expect(client.events[2]?.data.event_id).toBe(next);
  expect(client.events[2]?.data).not.toHaveProperty('late');
});

test('the same event again, and one that is hidden, are not sent', async () => {
  const client = await follow();
  await client.untilLive();
  const event_id = await log({ event_time: secondsAgo(5) });
  await client.until(() => client.events.length === 1);
  await log({ event_id, event_time: secondsAgo(5) });
  await addAgentEvents(services, tenant, { time: secondsAgo(0), is_hidden: 1 });
  const last = await log();
  await client.until(() => idsOf(client).includes(last));
  expect(idsOf(client)).toEqual([event_id, last]);
});

test('a stream goes on behind the cursor of a page', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.push(await log({ event_time: secondsAgo(60 - count) }));
  const page = await readPage(2);
  const client = await follow({ cursor: page.next_cursor });
  await client.untilLive();
  expect(idsOf(client)).toEqual(ids.slice(2));
});

test('over many cuts, with writers on two instances and late events, nothing is lost and nothing is sent twice', async () => {
  const second = await startService({
    name: 'brain',
    host: '127.0.0.1',
    env: { ...services.env, EVENT_LOG_DIR: `${services.env.EVENT_LOG_DIR}/second`, LOG_LEVEL: 'silent' },
  });
  let isWriting = true;
  const sent: string[] = [];
  const write = async (url: string): Promise<void> => {
    while (isWriting) {
      const isLate = Math.random() < 0.3;
      sent.push(await log(isLate ? { event_time: secondsAgo(Math.random() * 30) } : {}, url));
      await sleep(Math.random() * 40);
    }
  };
  const writers = [services.brain, services.brain, second, second].map(({ url }) => write(url));
  const seen: StreamEvent[] = [];
  try {
    for (let cuts = 0; cuts < 12; cuts++) {
      const lastId = seen.at(-1)?.id;
      const brain = cuts % 2 === 0 ? services.brain : second;
      const client = await follow({ brain, ...(lastId === undefined ? {} : { lastId }) });
      await client.until(() => client.events.length >= 1 + cuts * 2);
      seen.push(...client.events);
      client.close();
    }
  } finally {
    isWriting = false;
    await Promise.all(writers);
  }
  const client = await follow({ lastId: seen.at(-1)?.id as string });
  // Long enough for what would come twice, or not at all.
  await sleep(2000);
  seen.push(...client.events);
  expect(seen.map(idOf).sort()).toEqual(sent.sort());
  expect(seen.some(({ data }) => data.late)).toBe(true);
  await second.stop();
});

test('a stream without events shows that it is alive', async () => {
  const client = await follow();
  await client.untilLive();
  await client.until(() => client.comments.filter((comment) => comment === 'alive').length >= 3, 3000);
  expect(client.events).toEqual([]);
});

test('a project has so many streams and no more, until one is closed', async () => {
  const open = await Promise.all(Array.from({ length: perProjectMax }, () => follow()));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  const refused = await follow();
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
  expect(await refused.json()).toEqual({ status: 0, status_description: 'rate_limit_exceeded' });
  open[0]?.close();
  await open[0]?.ended;
  let status = 429;
  for (const deadlineMs = Date.now() + 5000; status === 429 && Date.now() < deadlineMs; ) {
    status = (await follow()).status;
  }
  expect(status).toBe(200);
});

test('a client that does not read is cut, and its place is free again', async () => {
  const metadata = 'x'.repeat(2 * 1024 * 1024);
  for (let count = 0; count < 12; count++) await log({ metadata });
  const slow = await Promise.all(Array.from({ length: perProjectMax }, () => follow()));
  for (const client of slow) client.pause();
  expect((await follow()).status).toBe(429);
  let client = await follow();
  for (const deadlineMs = Date.now() + 20_000; client.status === 429 && Date.now() < deadlineMs; ) {
    await sleep(200);
    client = await follow();
  }
  expect(client.status).toBe(200);
  await client.until(() => client.events.length === 12, 20_000);
});

test('who may not read any more loses the stream', async () => {
  const client = await follow();
  await client.untilLive();
  const url = `${services.uasam.url}/api/user/v1/reset-password/update/`;
  const answer = await send(
    'PUT',
    url,
    { 'X-OTAS-USER-TOKEN': tenant.userToken },
    { password: 'another sentence' },
  );
  expect(answer.status).toBe(200);
  await client.ended;
  expect(client.events.map(({ event, data }) => [event, data])).toEqual([
    ['end', { reason: 'invalid_token' }],
  ]);
}, 30_000);

test('a stop ends every stream with a last event, within its grace, and the client goes on elsewhere', async () => {
  const brain = await startService({
    name: 'brain',
    host: '127.0.0.1',
    env: { ...services.env, EVENT_LOG_DIR: `${services.env.EVENT_LOG_DIR}/stopped` },
  });
  const [first] = [await log()];
  const client = await follow({ brain });
  await client.untilLive();
  const startedAtMs = performance.now();
  await Promise.all([brain.stop(), client.ended]);
  expect(performance.now() - startedAtMs).toBeLessThan(3000);
  expect((await brain.exited).code).toBe(0);
  expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'stopping' } });
  expect(client.events).toHaveLength(2);
  const second = await log();
  const elsewhere = await follow({ lastId: client.events[0]?.id as string });
  await elsewhere.until(() => elsewhere.events.length === 1);
  expect([idOf(client.events[0] as StreamEvent), ...idsOf(elsewhere)]).toEqual([first, second]);
});

test('ClickHouse that cannot be reached is 503 before the stream begins', async () => {
  const brain = await startService({
    name: 'brain',
    host: '127.0.0.1',
    env: {
      ...services.env,
      EVENT_LOG_DIR: `${services.env.EVENT_LOG_DIR}/away`,
      CLICKHOUSE_URL: 'http://127.0.0.1:1',
      LOG_LEVEL: 'silent',
    },
  });
  const client = await follow({ brain });
  expect(client.status).toBe(503);
  expect(await client.json()).toEqual({ status: 0, status_description: 'event_store_unavailable' });
  await brain.kill();
});
