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

const newAgent = (agent_ref: unknown, { headers } = tenant) =>
  service.http
    .post(paths.createAgent)
    .set(headers)
    .send({ agent_name: 'Scout', agent_provider: 'acme', agent_ref });
const newSession = (session_ref: unknown, { key } = agent) =>
  service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key).send({ session_ref });
const shownAgents = async () =>
  (await service.http.get(paths.agents).set(tenant.headers)).body.response.agents;
const shownSessions = async () =>
  (await service.http.get(paths.sessions).set(tenant.headers).query({ agent_id: agent.id })).body.response
    .sessions;

const bad = (kind: string): unknown[] => [
  ...['', ' ', 'x', `${kind}_`, `${kind}_a b`, `${kind}_ä`, `${kind}_a\n`, `${kind.toUpperCase()}_a`],
  ...[`${kind}_${'x'.repeat(47)}`, `${kind}_${randomUUID()}`, `${kind}_${randomUUID().toUpperCase()}`],
  ...[5, true, {}, [`${kind}_a`]],
];

describe("an agent's own key", () => {
  test.each(['agt_customer_support', `agt_${'x'.repeat(46)}`, `agt_${randomUUID().replaceAll('-', '')}`])(
    '%s is in the answer to the creation and in the list',
    async (ref) => {
      const answer = await newAgent(ref);
      expect([answer.status, answer.body.response.agent.agent_ref]).toEqual([201, ref]);
      expect((await shownAgents()).map((one: { agent_ref: string }) => one.agent_ref)).toEqual([
        ref,
        `agt_${agent.id}`,
      ]);
    },
  );

  test('null is none', async () => {
    const { body } = await newAgent(null).expect(201);
    expect(body.response.agent.agent_ref).toBe(`agt_${body.response.agent.id}`);
  });

  test('of another form, or of that of a UUID key, is refused, and no agent is made', async () => {
    for (const ref of bad('agt')) {
      const answer = await newAgent(ref);
      expect([answer.status, answer.body]).toEqual([
        400,
        {
          status: 0,
          status_description: 'agent_creation_failed',
          errors: [expect.stringMatching(/^agent_ref must /)],
        },
      ]);
    }
    expect(await shownAgents()).toHaveLength(1);
  });

  test('is given once in a project, also to who asks at the same moment; another project may have it too', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => newAgent('agt_one')));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array(7).fill(409)]);
    const again = await newAgent('agt_one');
    expect([again.status, again.body]).toEqual([409, { status: 0, status_description: 'already_exists' }]);
    expect(await shownAgents()).toHaveLength(2);
    await newAgent('agt_One').expect(201);
    await newAgent('agt_one', await createTenant(service)).expect(201);
  });
});

describe("a session's own key", () => {
  test('is in the answer to the creation and in the list', async () => {
    const answer = await newSession('ase_customer_support_001');
    expect([answer.status, answer.body.response.session_ref]).toEqual([200, 'ase_customer_support_001']);
    const { body } = await newSession(null).expect(200);
    const derived = `ase_${body.response.agent_session_id}`;
    expect(body.response.session_ref).toBe(derived);
    expect((await shownSessions()).map((one: { session_ref: string }) => one.session_ref)).toEqual([
      derived,
      'ase_customer_support_001',
    ]);
  });

  test('of another form, or of that of a UUID key, is refused, and no session is made', async () => {
    for (const ref of bad('ase')) {
      const answer = await newSession(ref);
      expect([answer.status, answer.body]).toEqual([
        400,
        {
          status: 0,
          status_description: 'invalid_request',
          errors: [{ field: 'session_ref', message: expect.stringMatching(/^must /) }],
        },
      ]);
    }
    expect(await shownSessions()).toEqual([]);
  });

  test('is given once in an agent, also to who asks at the same moment; another agent may have it too', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => newSession('ase_one')));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(409)]);
    const again = await newSession('ase_one');
    expect([again.status, again.body]).toEqual([409, { status: 0, status_description: 'already_exists' }]);
    expect(await shownSessions()).toHaveLength(1);
    await newSession('ase_one', await createAgent(service, tenant)).expect(200);
  });
});
