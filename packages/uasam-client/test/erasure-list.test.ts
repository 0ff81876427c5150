import { ErasureList } from '../src/erasure-list';
import { UasamHttp } from '../src/uasam-http';
import { Upstream } from './support/upstream';

let upstream: Upstream;
let http: UasamHttp;
let list: ErasureList;
beforeEach(async () => {
  upstream = new Upstream();
  http = new UasamHttp(await upstream.start(), 300, { 'X-OTAS-SERVICE-TOKEN': 'service token' });
  list = new ErasureList(http);
});
afterEach(async () => {
  http.close();
  await upstream.stop();
});

const at = (second: number) => `2026-04-16T14:30:${String(second).padStart(2, '0')}.500000+00:00`;
const erasure = (id: string, second: number, erased: string | null = null) => ({
  ...{ id, kind: 'project', project_id: `p${id}`, requested_at: at(second) },
  ...{ events_erased_at: erased, done_at: null },
});

test('requests come with their age by the clock of UASAM alone', async () => {
  const parts = { kind: 'session', agent_id: 'a', session_id: 's' };
  const erasures = [erasure('1', 0, at(9)), { ...erasure('2', 10), ...parts }];
  const ids = (id: string) => ({ id, projectId: `p${id}`, agentId: null, sessionId: null });
  upstream.answer(200, { response: { now: at(30), has_more: true, erasures } });
  expect(await list.list('0/')).toEqual({
    erasures: [
      { ...ids('1'), kind: 'project', ageMs: 30_000, areEventsErased: true },
      { ...ids('2'), kind: 'session', agentId: 'a', sessionId: 's', ageMs: 20_000, areEventsErased: false },
    ],
    hasMore: true,
  });
  expect([upstream.asked, upstream.headers['x-otas-service-token']]).toEqual([
    '/internal/v1/erasures/?after=0%2F',
    'service token',
  ]);
  await list.list(null);
  expect(upstream.asked).toBe('/internal/v1/erasures/');
});

test('what was erased is said with its counts', async () => {
  upstream.answer(200, { response: {} });
  await list.reportErased('1', { backend_events: 7 });
  expect([upstream.asked, upstream.body]).toEqual([
    '/internal/v1/erasures/done/',
    { id: '1', erased: { backend_events: 7 } },
  ]);
});

test.each([
  [401, { status_description: 'invalid_service_token' }],
  [404, {}],
  [500, {}],
  [200, { response: { now: 'then', has_more: false, erasures: [] } }],
  [200, { response: { now: at(0), has_more: false, erasures: [{ id: 1 }] } }],
  [200, {}],
])('an answer %i %j is none', async (status, body) => {
  upstream.answer(status, body);
  await expect(list.list(null)).rejects.toMatchObject({ code: 'auth_service_error' });
  if (status === 200) return;
  await expect(list.reportErased('1', {})).rejects.toMatchObject({ code: 'auth_service_error' });
});
