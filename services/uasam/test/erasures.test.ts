import { randomUUID } from 'node:crypto';
import { eraseRecords, erasurePaths, listErasures, reportErased } from './support/erasures';
import { serviceHeaders } from './support/internal';
import { startTestService, type TestService } from './support/service';
import { createTenant, paths, type Tenant } from './support/tenant';

let service: TestService;
let tenant: Tenant;
let erasureId: string;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  erasureId = await requestErasure(tenant);
});
afterAll(() => service.close());

async function requestErasure({ headers }: Tenant): Promise<string> {
  const answer = await service.http.post(paths.deleteProject).set(headers).send({ project_name: 'Engine' });
  return answer.body.response_body.erasure.id;
}

const actions = async () =>
  (await service.deps.audit.listChain(tenant.projectId, 0, 100)).map(({ action }) => action);

describe('the list of erasures', () => {
  test('is in the order of the requests, and goes on after any of them', async () => {
    const second = await requestErasure(await createTenant(service));
    const all = (await listErasures(service)).map(({ id }) => id);
    expect(all).toEqual([...all].sort());
    expect(all).toEqual(expect.arrayContaining([erasureId, second]));
    const later = (await listErasures(service, erasureId)).map(({ id }) => id);
    expect(later).toEqual(all.slice(all.indexOf(erasureId) + 1));
    expect(later).toContain(second);
  });

  test('has pages of 1,000, and says by the clock of the requests what time it is', async () => {
    const projectId = randomUUID();
    const ids = Array.from({ length: 1000 }, (_, at) => {
      return `ffffffff-ffff-7fff-bfff-${String(at).padStart(12, '0')}`;
    });
    const requestedAt = new Date(Date.now() + 3_600_000);
    const { prisma } = service.deps.database;
    await prisma.erasure.createMany({
      data: ids.map((id) => ({ id, kind: 'project', projectId, requestedAt })),
    });
    try {
      const get = (after: string) => service.http.get(erasurePaths.list).set(serviceHeaders).query({ after });
      const page = (await get('ffffffff-ffff-7fff-8fff-000000000000').expect(200)).body.response;
      expect(page).toMatchObject({ has_more: false, now: expect.stringMatching(/^20.*00:00$/) });
      expect(page.erasures.map((one: { id: string }) => one.id)).toEqual(ids);
      const first = (await service.http.get(erasurePaths.list).set(serviceHeaders)).body.response;
      expect([first.erasures.length, first.has_more]).toEqual([1000, true]);
      expect((await listErasures(service)).length).toBeGreaterThan(1000);
    } finally {
      await prisma.erasure.deleteMany({ where: { projectId } });
    }
  });

  test.each([['x'], ['']])('after %j is refused', async (after) => {
    const answer = await service.http.get(erasurePaths.list).set(serviceHeaders).query({ after });
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_cursor']);
  });
});

test.each([
  ['GET', erasurePaths.list],
  ['POST', erasurePaths.done],
] as const)('%s %s is for services alone', async (method, path) => {
  for (const headers of [{}, { 'X-OTAS-SERVICE-TOKEN': 'x'.repeat(40) }, tenant.headers]) {
    const request = method === 'GET' ? service.http.get(path) : service.http.post(path);
    const answer = await request
      .set(headers)
      .send(method === 'GET' ? undefined : { id: erasureId, erased: {} });
    expect([answer.status, answer.body.status_description]).toEqual([401, 'invalid_service_token']);
  }
});

describe('the word that events are erased', () => {
  test('ends the erasure once the records are deleted, and the audit log says what was erased', async () => {
    const report = await reportErased(service, erasureId, { backend_events: 7, dead_letters: 0 });
    expect([report.status, report.body.status_description]).toEqual([200, 'erasure_noted']);
    expect(report.body.response.erasure).toMatchObject({
      id: erasureId,
      events_erased_at: expect.any(String),
      done_at: null,
    });
    expect((await actions()).at(-1)).toBe('project.deleted');
    await eraseRecords(service);
    const [erasure] = (await listErasures(service)).filter(({ id }) => id === erasureId);
    expect(erasure?.done_at).toEqual(expect.any(String));
    const [last] = (await service.deps.audit.listChain(tenant.projectId, 0, 100)).slice(-1);
    expect(last).toMatchObject({ action: 'project.erased', principalKind: 'service', principalId: null });
    expect(JSON.parse(last?.after ?? '')).toEqual({
      erasure_id: erasureId,
      erased: {
        ...{ backend_events: 7, dead_letters: 0, members: 1, invitations: 0, sdk_keys: 0 },
        agents: 0,
      },
    });
  });

  test('counts once, however often and from how many it comes', async () => {
    await eraseRecords(service);
    const reports = await Promise.all(
      [1, 2, 3].map((count) => reportErased(service, erasureId, { backend_events: count })),
    );
    const times = new Set(reports.map(({ body }) => body.response.erasure.done_at));
    expect(times.size).toBe(1);
    expect((await actions()).filter((action) => action === 'project.erased')).toHaveLength(1);
  });

  test('of no erasure is refused', async () => {
    const answer = await reportErased(service, randomUUID(), {});
    expect([answer.status, answer.body.status_description]).toEqual([404, 'erasure_not_found']);
  });

  test.each([
    [{ id: 'x' }],
    [{ id: 5 }],
    [{ erased: null }],
    [{ erased: [] }],
    [{ erased: 'all' }],
    [{ erased: { backend_events: -1 } }],
    [{ erased: { backend_events: 1.5 } }],
    [{ erased: { backend_events: '1' } }],
    [{ erased: { 'Backend Events': 1 } }],
    [{ erased: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`t${'x'.repeat(at)}`, 1])) }],
  ])('in the form of %j is refused', async (more) => {
    const sent = { id: erasureId, erased: {}, ...more };
    const answer = await service.http.post(erasurePaths.done).set(serviceHeaders).send(sent);
    expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
    expect((await listErasures(service)).find(({ id }) => id === erasureId)?.events_erased_at).toBeNull();
  });
});
