import { serviceHeaders } from './support/internal';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import { addMember, createTenant, memberHeaders, paths, type Tenant, userHeaders } from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const set = (days: unknown, headers = tenant.headers) =>
  service.http.post(paths.retention).set(headers).send({ retention_days: days });
const rules = async () =>
  (await service.http.get('/internal/v1/retention/').set(serviceHeaders).expect(200)).body.response;
const shown = async () => {
  const answer = await service.http.get(paths.projects).set(userHeaders(tenant.admin)).expect(200);
  return answer.body.response_body.projects[0].retention_days;
};

test('a retention is shown in the project, told to other services, and in the audit log', async () => {
  expect(await shown()).toBeNull();
  for (const days of [30, 0, null]) {
    expect(await outcome(set(days))).toBe('200 project_retention_changed');
    expect(await shown()).toBe(days);
    const { default_days: byDefault, projects } = await rules();
    expect(byDefault).toBe(0);
    const own = projects.filter((one: { project_id: string }) => one.project_id === tenant.projectId);
    expect(own).toEqual(days === null ? [] : [{ project_id: tenant.projectId, retention_days: days }]);
  }
  const chain = await service.deps.audit.listChain(tenant.projectId, 0, 100);
  const changes = chain.filter(({ action }) => action === 'project.retention_changed');
  expect(changes.map(({ before, after }) => [before, after])).toEqual([
    ['{"retention_days":null}', '{"retention_days":30}'],
    ['{"retention_days":30}', '{"retention_days":0}'],
    ['{"retention_days":0}', '{"retention_days":null}'],
  ]);
});

test('the same once more leaves no trace', async () => {
  await set(30);
  const before = (await service.deps.audit.listChain(tenant.projectId, 0, 100)).length;
  expect(await outcome(set(30))).toBe('200 project_retention_changed');
  expect(await service.deps.audit.listChain(tenant.projectId, 0, 100)).toHaveLength(before);
});

test.each([undefined, -1, 1.5, 36_501, '30', true, [30], {}])('%j days are refused', async (days) => {
  expect(await outcome(set(days))).toBe('400 invalid_request');
});

test('is for Admins of the project alone', async () => {
  const member = await addMember(service, tenant);
  const other = await createTenant(service);
  const refusals: [Record<string, string>, string][] = [
    [{}, '400 missing_headers'],
    [{ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'no token' }, '401 invalid_token'],
    [memberHeaders(member, tenant.projectId), '403 forbidden'],
    [memberHeaders(other.admin, tenant.projectId), '403 user_project_mapping_invalid'],
  ];
  for (const [headers, refusal] of refusals) expect(await outcome(set(30, headers))).toBe(refusal);
  expect(await shown()).toBeNull();
});

test('what other services are told is for them alone', async () => {
  const answer = await service.http.get('/internal/v1/retention/').set(tenant.headers);
  expect([answer.status, answer.body.status_description]).toEqual([401, 'invalid_service_token']);
});
