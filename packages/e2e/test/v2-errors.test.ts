import { randomUUID } from 'node:crypto';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { agentPath, bearer, expectV2Error, type Headers, sessionPath, v2Client } from './support/v2';

let services: Services;
let tenant: Tenant;
let other: Tenant;
const { get, newAgent, newSession } = v2Client(
  () => services,
  () => tenant,
);

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  [tenant, other] = [await makeTenant(services), await makeTenant(services)];
});

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
    for (const path of faulty) expectV2Error(await get(path, headers), 401, 'unauthorized');
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
    expectV2Error(await get(`/${key}`), 400, 'invalid_request', { field_errors: errors });
    expectV2Error(await get(`/${key}/sessions`), 400, 'invalid_request', { field_errors: errors });
    expectV2Error(await get(`/${key}/sessions/agt_a`), 400, 'invalid_request', {
      field_errors: { ...errors, session_key: expect.any(String) },
    });
  }
  for (const limit of ['0', '101', '-1', '1.5', 'x', '', '1e1', '9999999999']) {
    for (const path of ['', '/agt_nowhere/sessions']) {
      expectV2Error(await get(`${path}?limit=${limit}`), 400, 'invalid_request', {
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
        expectV2Error(await get(`/${id}${path}`, headers), 404, 'agent_not_found', { id });
      }
    }
    for (const path of [agentPath(other), `${agentPath(other)}/sessions`, sessionPath(other)]) {
      expectV2Error(await get(path, headers), 403, 'forbidden');
    }
    for (const id of [unknownSession, 'ase_nowhere', `ase_${other.sessionId}`]) {
      const path = `${agentPath(tenant)}/sessions/${id}`;
      expectV2Error(await get(path, headers), 404, 'session_not_found', { id });
    }
  }
  for (const key of ['agt_sibling', `agt_${sibling.id}`]) {
    const path = `/${key}/sessions/ase_${tenant.sessionId}`;
    expectV2Error(await get(path, { 'x-api-key': tenant.agentKey }), 403, 'forbidden');
    expectV2Error(await get(path), 404, 'session_not_found', { id: `ase_${tenant.sessionId}` });
  }
});

test('a session is there at once, also after it was asked for in vain', async () => {
  const path = `${agentPath(tenant)}/sessions/ase_soon`;
  expectV2Error(await get(path), 404, 'session_not_found', { id: 'ase_soon' });
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
    expectV2Error(await get('', user(projectId)), 403, 'forbidden');
    expectV2Error(await get(agentPath(tenant), user(projectId)), 403, 'forbidden');
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
  expectV2Error(await get('/agt_both', bearer(tenant.userToken)), 400, 'invalid_request', {
    field_errors: { agent_key: expect.stringContaining('X-OTAS-PROJECT-ID') },
  });
  expect((await get('/agt_both', user(second))).status).toBe(200);
});

test('unknown paths and methods, and what cannot be read, have the same form', async () => {
  for (const path of ['', '/', '/nowhere', '/agents/agt_a/nowhere', '/agents//sessions', '/%E0%A4%A']) {
    expectV2Error(await send('GET', `${services.brain.url}/v2${path}`), 404, 'not_found');
  }
  const [read, deleted] = ['GET, OPTIONS', 'GET, DELETE, OPTIONS'];
  const paths = [
    ['', read],
    [agentPath(tenant), deleted],
    [`${agentPath(tenant)}/sessions/`, read],
    [sessionPath(tenant), deleted],
  ] as const;
  for (const [path, allowed] of paths) {
    const answer = await send('POST', `${services.brain.url}/v2/agents${path}`, {}, {});
    expectV2Error(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('Allow')).toBe(allowed);
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

test('without UASAM nothing is read', async () => {
  const own = await startServices({ LOG_LEVEL: 'silent' });
  try {
    const there = await makeTenant(own);
    await own.uasam.stop();
    for (const path of ['', agentPath(there), `${agentPath(there)}/sessions`, '/nonsense']) {
      const answer = await send('GET', `${own.brain.url}/v2/agents${path}`, bearer(there.sdkKey));
      expectV2Error(answer, 503, 'service_unavailable');
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    }
  } finally {
    await own.stop();
  }
});
