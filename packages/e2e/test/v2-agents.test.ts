import { randomUUID } from 'node:crypto';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';

type Headers = Record<string, string>;

let services: Services;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  [tenant, other] = [await makeTenant(services), await makeTenant(services)];
});

const bearer = (credential: string): Headers => ({ Authorization: `Bearer ${credential}` });
const get = (path: string, headers: Headers = { 'x-api-key': tenant.sdkKey }) =>
  send('GET', `${services.brain.url}/v2/agents${path}`, headers);
const uasam = async (path: string, headers: Headers, body: unknown): Promise<Answer['body']> => {
  const answer = await send('POST', `${services.uasam.url}/api/agent/v1/${path}/`, headers, body);
  expect(answer.status).toBeLessThan(300);
  return answer.body.response;
};
const admin = ({ userToken, projectId }: Tenant): Headers => ({
  'X-OTAS-USER-TOKEN': userToken,
  'X-OTAS-PROJECT-ID': projectId,
});
const newAgent = (agent_ref: string, who = tenant) =>
  uasam('create', admin(who), {
    agent_name: 'Scout',
    agent_provider: 'acme',
    agent_description: 'finds',
    agent_ref,
  });
const newSession = (body: unknown, agentKey = tenant.agentKey) =>
  uasam('session/create', { 'X-OTAS-AGENT-KEY': agentKey }, body);
const agentPath = ({ agentId }: Tenant) => `/agt_${agentId}`;
const sessionPath = (who: Tenant) => `${agentPath(who)}/sessions/ase_${who.sessionId}`;
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** An error as a strict client reads it: these fields, and no other. */
function expectError(answer: Answer, status: number, code: string, more: object = {}): void {
  expect([answer.status, answer.body]).toEqual([
    status,
    {
      code,
      messages: expect.arrayContaining([expect.any(String)]),
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...(status === 400 ? { field_errors: expect.any(Object) } : {}),
      ...more,
    },
  ]);
}

test('each kind of credential, in either header, sees what it reaches', async () => {
  const { response: second } = await uasamList();
  expect(second.agents).toHaveLength(1);
  await newAgent('agt_second');
  for (const headers of [
    { 'x-api-key': tenant.sdkKey },
    { 'X-API-Key': tenant.userToken },
    bearer(tenant.sdkKey),
    bearer(tenant.userToken),
    { Authorization: `bearer ${tenant.userToken}` },
  ] as Headers[]) {
    const { status, body } = await get('', headers);
    expect(status).toBe(200);
    expect(body).toEqual({
      agents: [
        {
          key: 'agt_second',
          name: 'Scout',
          description: 'finds',
          enabled: true,
          created_at: time,
          updated_at: time,
        },
        expect.objectContaining({ key: `agt_${tenant.agentId}`, name: 'agent' }),
      ],
      metadata: { total_count: 2 },
    });
  }
  for (const headers of [{ 'x-api-key': tenant.agentKey }, bearer(tenant.agentKey)] as Headers[]) {
    const { body } = await get('', headers);
    expect([body.agents.map((one: { key: string }) => one.key), body.metadata]).toEqual([
      [`agt_${tenant.agentId}`],
      { total_count: 1 },
    ]);
  }
});

const uasamList = async () =>
  (await send('GET', `${services.uasam.url}/api/agent/v1/list/`, admin(tenant))).body;

test('an agent and its sessions are found by both forms of their keys, with a slash at the end or without', async () => {
  const { agent, agent_key } = await newAgent('agt_support');
  const meta = { name: 'A case', description: 'of widgets', nested: [1] };
  const session = await newSession({ session_ref: 'ase_001', meta }, agent_key.api_key);
  for (const path of ['/agt_support', `/agt_${agent.id}/`, `/agt_${agent.id.toUpperCase()}`]) {
    const { status, body } = await get(path);
    expect([status, body]).toEqual([
      200,
      {
        key: 'agt_support',
        name: 'Scout',
        description: 'finds',
        enabled: true,
        created_at: time,
        updated_at: time,
      },
    ]);
  }
  const shown = {
    key: 'ase_001',
    agent_key: 'agt_support',
    name: 'A case',
    description: 'of widgets',
    metadata: meta,
    enabled: true,
    created_at: time,
  };
  for (const key of ['ase_001', `ase_${session.agent_session_id}`]) {
    const { status, body } = await get(`/agt_support/sessions/${key}/`);
    expect([status, body]).toEqual([200, shown]);
  }
  const { body } = await get(`/agt_${agent.id}/sessions/`);
  expect(body).toEqual({ sessions: [shown], metadata: { total_count: 1 } });
});

test.each([
  ['{}', '{}'],
  ['"text"', '{"value":"text"}'],
  ['[{"name":"x"}]', '{"value":[{"name":"x"}]}'],
  ['12345678901234567890', '{"value":12345678901234567890}'],
  ['{"n":1.00000000000000000001,"name":7}', '{"n":1.00000000000000000001,"name":7}'],
  [
    '{"toJSON":1,"isLosslessNumber":true,"value":"0} x"}',
    '{"toJSON":1,"isLosslessNumber":true,"value":"0} x"}',
  ],
])('a session with the meta %s has the metadata %s, and its key for a name', async (meta, metadata) => {
  const { session_ref: key } = await newSession(`{"meta":${meta}}`);
  const one = await get(`${agentPath(tenant)}/sessions/${key}`);
  expect(one.text).toContain(`"name":"${key}","description":"","metadata":${metadata},`);
  expect((await get(`${agentPath(tenant)}/sessions`)).text).toContain(`"metadata":${metadata},`);
});

test('pages of both lists repeat nothing and skip nothing, and the last one has no page_key', async () => {
  for (let n = 0; n < 4; n++) {
    await newAgent(`agt_${n}`);
    await newSession({ session_ref: `ase_${n}` });
  }
  for (const [path, list] of [
    ['', 'agents'],
    [`${agentPath(tenant)}/sessions`, 'sessions'],
  ] as const) {
    const pages: string[][] = [];
    let pageKey: string | undefined;
    do {
      const { body } = await get(`${path}?limit=2${pageKey === undefined ? '' : `&page_key=${pageKey}`}`);
      pages.push(body[list].map((one: { key: string }) => one.key));
      expect(body.metadata.total_count).toBe(5);
      pageKey = body.metadata.page_key;
    } while (pageKey !== undefined);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(new Set(pages.flat()).size).toBe(5);
    const whole = await get(`${path}?limit=5`);
    expect(whole.body.metadata).toEqual({ total_count: 5 });
  }
});

test('a page_key that is not ours, or of another list, is refused', async () => {
  await newSession({});
  const { agent_key } = await newAgent('agt_next');
  for (let n = 0; n < 2; n++) await newSession({}, agent_key.api_key);
  const pageKey = async (path: string): Promise<string> =>
    (await get(`${path}?limit=1`)).body.metadata.page_key;
  const [ofAgents, ofOther] = [await pageKey(''), await pageKey('/agt_next/sessions')];
  for (const path of [
    '?page_key=',
    '?page_key=nonsense',
    `?page_key=${ofOther}`,
    `${agentPath(tenant)}/sessions?page_key=${ofAgents}`,
    `${agentPath(tenant)}/sessions?page_key=${ofOther}`,
    `/agt_nowhere/sessions?page_key=nonsense`,
  ]) {
    expectError(await get(path), 400, 'invalid_request', { field_errors: { page_key: expect.any(String) } });
  }
});

describe('errors, in the order of the contract', () => {
  test('401 comes first, also before a fault of the request', async () => {
    const faulty = ['', '/x', '?limit=0', agentPath(tenant), `${agentPath(tenant)}/sessions?limit=x`];
    const nobody: Headers[] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': 'nonsense' },
      { 'x-api-key': 'otas_abc_def' },
      { 'x-api-key': 'agent_abc_def' },
      { 'x-api-key': tenant.sessionToken },
      { Authorization: tenant.sdkKey },
      { Authorization: `Basic ${tenant.sdkKey}` },
      bearer(`${tenant.userToken}x`),
      { 'X-OTAS-USER-TOKEN': tenant.userToken },
    ];
    for (const headers of nobody) {
      for (const path of faulty) expectError(await get(path, headers), 401, 'unauthorized');
    }
  });

  test('400 for keys and limits of another form, which are named', async () => {
    const bad = [
      'agt_',
      'agt',
      'ase_a',
      'agt_a.b',
      'agt_%20',
      'agt_%E0%A4%A',
      `agt_${'x'.repeat(47)}`,
      'agt_a%2Fb',
    ];
    for (const key of bad) {
      const errors = { agent_key: expect.any(String) };
      expectError(await get(`/${key}`), 400, 'invalid_request', { field_errors: errors });
      expectError(await get(`/${key}/sessions`), 400, 'invalid_request', { field_errors: errors });
      expectError(await get(`/${key}/sessions/agt_a`), 400, 'invalid_request', {
        field_errors: { ...errors, session_key: expect.any(String) },
      });
    }
    for (const limit of ['0', '101', '-1', '1.5', 'x', '', '1e1', '9999999999']) {
      for (const path of ['', '/agt_nowhere/sessions']) {
        expectError(await get(`${path}?limit=${limit}`), 400, 'invalid_request', {
          field_errors: { limit: expect.any(String) },
        });
      }
    }
    for (const limit of [1, 100]) expect((await get(`?limit=${limit}`)).status).toBe(200);
  });

  test('404, 403 and again 404: agent, credential, session', async () => {
    await newAgent('agt_theirs', other);
    const [unknownAgent, unknownSession] = [`agt_${randomUUID()}`, `ase_${randomUUID()}`];
    const { agent: sibling } = await newAgent('agt_sibling');
    for (const credential of [tenant.sdkKey, tenant.agentKey, tenant.userToken]) {
      const headers = { 'x-api-key': credential };
      for (const id of [unknownAgent, 'agt_nowhere', 'agt_theirs']) {
        for (const path of ['', '/sessions', `/sessions/${unknownSession}`]) {
          expectError(await get(`/${id}${path}`, headers), 404, 'agent_not_found', { id });
        }
      }
      for (const path of [agentPath(other), `${agentPath(other)}/sessions`, sessionPath(other)]) {
        expectError(await get(path, headers), 403, 'forbidden');
      }
      for (const id of [unknownSession, 'ase_nowhere', `ase_${other.sessionId}`]) {
        const path = `${agentPath(tenant)}/sessions/${id}`;
        expectError(await get(path, headers), 404, 'session_not_found', { id });
      }
    }
    for (const key of ['agt_sibling', `agt_${sibling.id}`]) {
      const path = `/${key}/sessions/ase_${tenant.sessionId}`;
      expectError(await get(path, { 'x-api-key': tenant.agentKey }), 403, 'forbidden');
      expectError(await get(path), 404, 'session_not_found', { id: `ase_${tenant.sessionId}` });
    }
  });

  test('a session is there at once, also after it was asked for in vain', async () => {
    const path = `${agentPath(tenant)}/sessions/ase_soon`;
    expectError(await get(path), 404, 'session_not_found', { id: 'ase_soon' });
    await newSession({ session_ref: 'ase_soon' });
    expect((await get(path)).status).toBe(200);
  });

  test("a user's project narrows what is seen, and does not widen it", async () => {
    const user = (projectId: string): Headers => ({
      ...bearer(tenant.userToken),
      'X-OTAS-PROJECT-ID': projectId,
    });
    expect((await get('', user(tenant.projectId.toUpperCase()))).body.metadata.total_count).toBe(1);
    for (const projectId of [other.projectId, randomUUID(), 'nonsense']) {
      expectError(await get('', user(projectId)), 403, 'forbidden');
      expectError(await get(agentPath(tenant), user(projectId)), 403, 'forbidden');
    }
    const project = await send(
      'POST',
      `${services.uasam.url}/api/project/v1/create/`,
      { 'X-OTAS-USER-TOKEN': tenant.userToken },
      { project_name: 'second' },
    );
    const second: string = project.body.response_body.project.id;
    await newAgent('agt_both');
    await newAgent('agt_both', { ...tenant, projectId: second });
    expectError(await get('/agt_both', bearer(tenant.userToken)), 400, 'invalid_request', {
      field_errors: { agent_key: expect.stringContaining('X-OTAS-PROJECT-ID') },
    });
    expect((await get('/agt_both', user(second))).status).toBe(200);
  });

  test('unknown paths and methods, and what cannot be read, have the same form', async () => {
    for (const path of ['', '/', '/nowhere', '/agents/agt_a/nowhere', '/agents//sessions', '/%E0%A4%A']) {
      expectError(await send('GET', `${services.brain.url}/v2${path}`), 404, 'not_found');
    }
    for (const path of ['', agentPath(tenant), `${agentPath(tenant)}/sessions/`, sessionPath(tenant)]) {
      const answer = await send('POST', `${services.brain.url}/v2/agents${path}`, {}, {});
      expectError(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('Allow')).toBe('GET, OPTIONS');
    }
    expect((await send('GET', `${services.brain.url}/v2nowhere`)).body).toEqual({
      status: 0,
      status_description: 'not_found',
    });
  });

  test('the request id is 32 hexadecimal digits, whatever the client calls its request', async () => {
    const ofRequest = async (id: string): Promise<string> =>
      (await get('/x', { 'X-Request-Id': id })).body.request_id;
    const uuid = randomUUID();
    expect(await ofRequest(uuid)).toBe(uuid.replaceAll('-', ''));
    const named = await ofRequest('run-7');
    expect(named).toMatch(/^[0-9a-f]{32}$/);
    expect(await ofRequest('run-7')).toBe(named);
  });
});

test('without UASAM nothing is read', async () => {
  const own = await startServices({ LOG_LEVEL: 'silent' });
  try {
    const there = await makeTenant(own);
    await own.uasam.stop();
    for (const path of ['', agentPath(there), `${agentPath(there)}/sessions`, '/nonsense']) {
      const answer = await send('GET', `${own.brain.url}/v2/agents${path}`, bearer(there.sdkKey));
      expectError(answer, 503, 'service_unavailable');
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    }
  } finally {
    await own.stop();
  }
});
