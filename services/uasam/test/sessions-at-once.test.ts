import { randomUUID } from 'node:crypto';
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
afterAll(() => service.close());

const create = (key: string, body: object = {}) =>
  service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key).send(body);
const ids = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test('sessions created at the same time belong to whose key it was, each with its own meta', async () => {
  const agents = [agent, await createAgent(service, tenant), await createAgent(service, tenant)];
  const metas = ids(60).map((n) => ({ n, text: `"{a,b}" \\ ' ${n} \u2028`, none: null }));
  const answers = await Promise.all(
    metas.map((meta) => create((agents[meta.n % 3] as TestAgent).key, { meta }).expect(200)),
  );
  for (const [at, one] of agents.entries()) {
    const list = await service.http.get(paths.sessions).set(tenant.headers).query({ agent_id: one.id });
    const seen = list.body.response.sessions.map(({ id, meta }: { id: string; meta: object }) => [id, meta]);
    const made = metas
      .filter(({ n }) => n % 3 === at)
      .map((meta) => [answers[meta.n]?.body.response.agent_session_id, meta]);
    expect(new Map(seen)).toEqual(new Map(made as [string, object][]));
    expect(list.body.response.sessions.every((row: object) => 'agent_key_id' in row)).toBe(true);
  }
});

test('of those with the same `session_ref` one is created, and the others around them all are', async () => {
  const answers = await Promise.all(
    ids(40).map((n) => create(agent.key, n % 4 === 0 ? { session_ref: 'ase_same' } : {})),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((_, n) => n % 4 === 0).sort()).toEqual([200, ...Array(9).fill(409)]);
  expect(statuses.filter((_, n) => n % 4 !== 0)).toEqual(Array(30).fill(200));
});

test('a row that the database refuses takes no other with it', async () => {
  const rows = ids(20).map((n) => ({
    id: randomUUID(),
    agentKeyId: n === 10 ? randomUUID() : agent.keyId,
    createdAt: Date.now() * 1000,
    ...{ meta: '{}', ref: null },
  }));
  const outcomes = await Promise.allSettled(rows.map((row) => service.deps.sessions.create(agent.id, row)));
  const refused = outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []));
  expect(refused).toEqual([10]);
  expect(await service.deps.sessions.count(agent.id)).toBe(19);
});

test('keys that are verified at the same time are told apart', async () => {
  const agents = await Promise.all(ids(10).map(() => createAgent(service, tenant)));
  const wrong = `${agent.key.slice(0, -1)}${agent.key.endsWith('x') ? 'y' : 'x'}`;
  const asked = [...agents, ...agents].flatMap(({ id, key }) => [
    { key, expected: id },
    { key: wrong, expected: undefined },
    { key: `agent_${randomUUID().slice(0, 8)}_x`, expected: undefined },
  ]);
  const answers = await Promise.all(
    asked.map(({ key }) => service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key)),
  );
  expect(answers.map(({ body }) => body.response?.agent.id)).toEqual(asked.map(({ expected }) => expected));
});
