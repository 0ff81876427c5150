import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { agentPath, bearer, expectV2Error, type Headers, v2Client, v2Time } from './support/v2';

let services: Services;
let tenant: Tenant;
const { get, newAgent, newSession } = v2Client(
  () => services,
  () => tenant,
);

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

test('each kind of credential, in either header, sees what it reaches', async () => {
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
          created_at: v2Time,
          updated_at: v2Time,
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
        created_at: v2Time,
        updated_at: v2Time,
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
    created_at: v2Time,
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
    expectV2Error(await get(path), 400, 'invalid_request', {
      field_errors: { page_key: expect.any(String) },
    });
  }
});
