import { randomUUID } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices({ REQUEST_MAX_BYTES: '2000000', EVENT_BODY_MAX_BYTES: '1000' });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const postTo = (route: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
  const credentials = route.startsWith('sdk') ? tenant.backEnd : tenant.agent;
  return send(
    'POST',
    `${services.brain.url}/api/v1/backend/log/${route}`,
    { ...credentials, ...headers },
    body,
  );
};
const post = (body: unknown, headers: Record<string, string> = {}) => postTo('agent/batch/', body, headers);
const event = (more: object = {}) => ({ ...minimalEvent(tenant), ...more });
const lines = { 'Content-Type': 'application/x-ndjson' };

test.each([['agent/batch/'], ['sdk/batch/'], ['agent/batch']])(
  '%s takes many events at once',
  async (route) => {
    const answer = await postTo(route, { events: [event({ path: '/1' }), event({ path: '/2' })] });
    expect([answer.status, answer.body.status, answer.body.status_description]).toEqual([
      201,
      1,
      'events_captured',
    ]);
    const { accepted, rejected, results, visible } = answer.body.response;
    expect({ accepted, rejected, visible }).toEqual({ accepted: 2, rejected: 0, visible: true });
    const stored = await readSession(services, tenant);
    expect(stored.map(({ path }) => path)).toEqual(['/1', '/2']);
    expect(results).toEqual(stored.map(({ event_id }, index) => ({ index, event_id })));
  },
);

test('what is wrong with one event says nothing of the others', async () => {
  const { path: _path, ...lacking } = event();
  const foreign = event({ project_id: randomUUID() });
  const answer = await post({
    events: [event(), lacking, event({ status_code: 'x' }), foreign, null, event()],
  });
  expect([answer.status, answer.body.status_description]).toEqual([207, 'events_partly_captured']);
  const { accepted, rejected, results } = answer.body.response;
  expect({ accepted, rejected }).toEqual({ accepted: 2, rejected: 4 });
  expect(results.slice(1, 5)).toEqual([
    {
      index: 1,
      status_description: 'missing_required_fields',
      missing_fields: ['path'],
      errors: [{ field: 'path', message: 'is required' }],
    },
    {
      index: 2,
      status_description: 'invalid_request',
      errors: [expect.objectContaining({ field: 'status_code' })],
    },
    {
      index: 3,
      status_description: 'project_mismatch',
      errors: [expect.objectContaining({ field: 'project_id' })],
    },
    { index: 4, status_description: 'invalid_json', errors: [expect.objectContaining({ field: 'body' })] },
  ]);
  expect(await readSession(services, tenant)).toHaveLength(2);
});

test('a batch of which nothing fits is 400, with a result for each', async () => {
  const answer = await post({ events: [{}, {}] });
  expect([answer.status, answer.body.status, answer.body.status_description]).toEqual([
    400,
    0,
    'events_rejected',
  ]);
  expect(answer.body.response).toMatchObject({ accepted: 0, rejected: 2 });
});

test.each([
  ['no events', {}],
  ['events that are no list', { events: {} }],
  ['an empty list', { events: [] }],
  ['1,001 events', { events: Array(1001).fill({}) }],
])('%s are 400 invalid_request', async (_name, body) => {
  const answer = await post(body);
  expect([answer.status, answer.body.status_description]).toEqual([400, 'invalid_request']);
});

test('1,000 events are taken, in the order of the list', async () => {
  const answer = await post({ events: Array.from({ length: 1000 }, (_, at) => event({ path: String(at) })) });
  expect(answer.status).toBe(201);
  const paths = (await readSession(services, tenant)).map(({ path }) => path);
  expect(paths).toEqual(Array.from({ length: 1000 }, (_, at) => String(at)));
});

test('one event a line is a batch too, and a broken line is the fault of that line', async () => {
  const text = `${JSON.stringify(event({ path: '/1' }))}\r\n\n{"broken\n[]\n${JSON.stringify(event({ path: '/2' }))}`;
  const answer = await post(text, lines);
  expect(answer.status).toBe(207);
  expect(
    answer.body.response.results.map((result: { status_description?: string }) => result.status_description),
  ).toEqual([undefined, 'invalid_json', 'invalid_json', undefined]);
  expect((await readSession(services, tenant)).map(({ path }) => path)).toEqual(['/1', '/2']);
});

test('compressed batches are taken, and a bomb is refused without being unpacked', async () => {
  const text = JSON.stringify({ events: [event()] });
  expect((await post(gzipSync(text), { 'Content-Encoding': 'gzip' })).status).toBe(201);
  expect((await post(brotliCompressSync(text), { 'Content-Encoding': 'br' })).status).toBe(201);
  const bomb = gzipSync(Buffer.alloc(300_000_000));
  expect(bomb.length).toBeLessThan(2_000_000);
  const answer = await post(bomb, { 'Content-Encoding': 'gzip' });
  expect([answer.status, answer.body.limit_bytes]).toEqual([413, 2_000_000]);
});

test('the same id many times in a batch is one event', async () => {
  const same = event({ event_id: randomUUID() });
  const answer = await post({ events: [same, same, event(), same] });
  expect(answer.body.response.accepted).toBe(4);
  expect(await readSession(services, tenant)).toHaveLength(2);
});

test('a text over the bound is cut at a whole character, and says how long it was', async () => {
  await post({
    events: [
      event({ request_body: '漢'.repeat(400), error: 'x'.repeat(1000), path: `/${'p'.repeat(2000)}` }),
    ],
  });
  const [stored] = await readSession(services, tenant);
  expect(stored.request_body).toBe(`${'漢'.repeat(333)}[TRUNCATED: 1200 bytes]`);
  expect(stored.error).toBe('x'.repeat(1000));
  expect(stored.path).toHaveLength(2001);
});
