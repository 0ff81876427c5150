import { startTestService, type TestService } from './support/service';
import { createAgent, createTenant, paths, type Tenant, type TestAgent } from './support/tenant';

let service: TestService;
let tenant: Tenant;
let agent: TestAgent;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  agent = await createAgent(service, tenant);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const list = (query: string | Record<string, unknown>, headers = tenant.headers) =>
  service.http.get(`${paths.sessions}?agent_id=${agent.id}`).set(headers).query(query);

/** The names in `meta.n` of the sessions that are found, oldest first. */
const found = async (query: string | Record<string, unknown>): Promise<unknown[]> => {
  const answer = await list(query);
  expect([answer.status, answer.body.status_description]).toEqual([200, 'agent_sessions_listed']);
  return answer.body.response.sessions.map((one: { meta: { n: unknown } }) => one.meta.n).reverse();
};

/** A session whose meta is this JSON; gives its id. */
const begin = async (meta: string, createdAt = new Date()): Promise<string> => {
  service.clock.now = createdAt;
  const request = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', agent.key);
  const answer = await request.type('application/json').send(`{"meta":${meta}}`).expect(200);
  service.clock.now = null;
  return answer.body.response.agent_session_id;
};

const dayMs = 24 * 60 * 60 * 1000;

test('by status: active, ended, revoked and expired sessions are told apart, to the second', async () => {
  const nowMs = Math.floor(Date.now() / 1000) * 1000 + 500;
  // A session expires with its token, which counts from the whole second.
  const ages = { past: 31 * dayMs, over: 30 * dayMs - 499, edge: 30 * dayMs - 500, fresh: 0 };
  for (const [n, age] of Object.entries(ages)) await begin(`{"n":"${n}"}`, new Date(nowMs - age));
  const ended = await begin('{"n":"ended"}');
  const revoked = await begin('{"n":"revoked"}');
  const post = (path: string, session_id: string) =>
    service.http.post(path).set(tenant.headers).send({ session_id }).expect(200);
  await post(paths.endSession, ended);
  await post(paths.revokeSession, revoked);
  service.clock.now = new Date(nowMs);
  const shown = (await list({})).body.response.sessions as { meta: { n: string }; status: string }[];
  const byStatus = (status: string) =>
    shown
      .filter((one) => one.status === status)
      .map((one) => one.meta.n)
      .reverse();
  expect(byStatus('expired')).toEqual(['past', 'over']);
  for (const status of ['active', 'ended', 'revoked', 'expired']) {
    expect(await found({ status })).toEqual(byStatus(status));
    expect(byStatus(status)).not.toEqual([]);
  }
});

test('by time of creation: from is inclusive, until is not', async () => {
  const times = [0, 1, 2].map((n) => new Date(Date.now() - 60_000 + n));
  for (const [n, time] of times.entries()) await begin(`{"n":${n}}`, time);
  const [, middle = new Date(), last = new Date()] = times;
  expect(await found({ from: middle.toISOString() })).toEqual([1, 2]);
  expect(await found({ until: middle.toISOString() })).toEqual([0]);
  expect(await found({ from: middle.toISOString(), until: last.toISOString() })).toEqual([1]);
  expect(await found({ from: last.toISOString(), until: middle.toISOString() })).toEqual([]);
});

test('by values in meta: their texts are compared, dots go further in, and all conditions must hold', async () => {
  const metas = [
    '{"n":0,"task":"a","run":{"id":7,"ok":true},"tags":["x","y"]}',
    '{"n":1,"task":"a","run":{"id":7.5,"ok":false},"none":null}',
    '{"n":2,"task":"b","run":{"id":"7"},"ü 😀":"ß"}',
    '{"n":3,"task":{"id":"a"},"n.m":1,"__proto__":"p"}',
    '"a"',
    '[1]',
  ];
  for (const meta of metas) await begin(meta);
  const cases: [Record<string, string>, number[]][] = [
    [{ 'meta.task': 'a' }, [0, 1]],
    [{ 'meta.task': 'A' }, []],
    [{ 'meta.task': "a' OR true --" }, []],
    [{ 'meta.task.id': 'a' }, [3]],
    [{ 'meta.task': '{"id":"a"}' }, [3]],
    [{ 'meta.run.id': '7' }, [0, 2]],
    [{ 'meta.run.id': '7.5' }, [1]],
    [{ 'meta.run.ok': 'true' }, [0]],
    [{ 'meta.run.ok': 'true', 'meta.task': 'a' }, [0]],
    [{ 'meta.run.ok': 'true', 'meta.task': 'b' }, []],
    [{ 'meta.tags.1': 'y' }, [0]],
    [{ 'meta.none': 'null' }, []],
    [{ 'meta.ü 😀': 'ß' }, [2]],
    [{ 'meta.__proto__': 'p' }, [3]],
    [{ 'meta.n.m': '1' }, []],
    [{ 'meta.task': '' }, []],
    [{ 'meta.task': 'a', status: 'active', from: '2020-01-01T00:00:00Z' }, [0, 1]],
    [{ 'meta.task': 'a', status: 'ended' }, []],
  ];
  for (const [query, expected] of cases) expect([query, await found(query)]).toEqual([query, expected]);
  expect(await found('meta.task=a&meta.task=b')).toEqual([]);
});

test('pages of a filtered list have no gap and no repetition, and a cursor is good for its filters alone', async () => {
  for (let n = 0; n < 9; n++) await begin(`{"n":${n},"odd":"${n % 2}","all":"x"}`);
  const seen: unknown[] = [];
  let cursor: string | undefined;
  let first: string | undefined;
  do {
    const query = { 'meta.odd': '1', 'meta.all': 'x', status: 'active', limit: 2, ...(cursor && { cursor }) };
    const { response } = (await list(query)).body;
    seen.push(...response.sessions.map((one: { meta: { n: number } }) => one.meta.n));
    cursor = response.next_cursor;
    first ??= cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual([7, 5, 3, 1]);
  const others = [
    '',
    'meta.odd=1',
    'meta.odd=0&meta.all=x&status=active',
    'meta.odd=1&meta.all=x&status=ended',
  ];
  for (const query of [...others, 'meta.odd=1&meta.all=x&status=active&from=2020-01-01T00:00:00Z']) {
    const answer = await list(`${query}&limit=2&cursor=${first}`);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_cursor']);
  }
  // The order of the conditions does not matter.
  const same = await list(`status=active&meta.all=x&meta.odd=1&limit=2&cursor=${first}`);
  expect(same.body.response.sessions).toHaveLength(2);
});

test.each<[string, string]>([
  ['status=', 'status'],
  ['status=Active', 'status'],
  ['status=constructor', 'status'],
  ['from=yesterday', 'from'],
  ['until=', 'until'],
  ['meta.=x', 'meta.'],
  ['meta.a..b=x', 'meta.a..b'],
  ['meta.a%00=x', 'meta.a\u0000'],
  ['meta.a=x%00', 'meta.a'],
  [`meta.${'a'.repeat(201)}=x`, `meta.${'a'.repeat(195)}`],
  [`meta.a=${'x'.repeat(1001)}`, 'meta.a'],
  [Array.from({ length: 11 }, (_, n) => `meta.a${n}=x`).join('&'), 'meta'],
])('the query %#, which has a fault, is refused', async (query, field) => {
  const answer = await list(query);
  expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
  expect(answer.body.errors).toEqual([{ field, message: expect.any(String) }]);
});

test('ten conditions at the bounds are answered, and what is not known is not looked at', async () => {
  await begin('{"n":1}');
  const ten = Array.from({ length: 10 }, (_, n) => `meta.a${n}.${'b'.repeat(190)}=${'x'.repeat(1000)}`);
  expect(await found(ten.join('&'))).toEqual([]);
  expect(await found('meta=x&metadata.a=x&state=ended')).toEqual([1]);
});

test("another project's sessions are found by no filter", async () => {
  await begin('{"n":1,"task":"a"}');
  const other = await createTenant(service);
  const answer = await list({ 'meta.task': 'a' }, other.headers);
  expect([answer.status, answer.body.status_description]).toEqual([403, 'agent_not_found_or_no_access']);
});
