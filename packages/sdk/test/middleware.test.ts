import { once } from 'node:events';
import type { Answer } from '../../e2e/test/support/http';
import { type Services, startServices } from '../../e2e/test/support/services';
import { makeTenant, readSession, type Tenant } from '../../e2e/test/support/tenant';
import { type OtasMiddleware, otasMiddleware } from '../src';
import { hardCases, requestOf } from './support/hard-cases';
import { type Host, hosts } from './support/hosts';
import { exchangeAndCut, exchangeRaw, rawRequest } from './support/raw-http';

let services: Services;
let tenant: Tenant;
let otas: OtasMiddleware;
const running: Host[] = [];

beforeAll(async () => {
  services = await startServices();
});
beforeEach(async () => {
  tenant = await makeTenant(services);
  otas = makeMiddleware(tenant);
});
afterEach(async () => {
  for (const host of running.splice(0)) await host.stop();
});
afterAll(() => services.stop());

const makeMiddleware = ({ sdkKey }: Tenant): OtasMiddleware =>
  otasMiddleware({ sdkKey, brainUrl: services.brain.url, uasamUrl: services.uasam.url });
const start = async (name: string, middleware: OtasMiddleware | null): Promise<number> => {
  const host = await (hosts[name] as (typeof hosts)[string])(middleware);
  running.push(host);
  return host.port;
};
const inSession = (who: Tenant = tenant) => ({ 'X-OTAS-AGENT-SESSION-TOKEN': who.sessionToken });
const recorded = async (who: Tenant = tenant): Promise<Answer['body'][]> => {
  expect(await otas.flush()).toBe(true);
  return readSession(services, who);
};

describe.each(Object.keys(hosts))('%s', (name) => {
  test('answers every hard case as without the middleware, and each is recorded once', async () => {
    const [bare, observed] = [await start(name, null), await start(name, otas)];
    for (const path of Object.keys(hardCases)) {
      const expected = await exchangeRaw(bare, requestOf(path, inSession()));
      expect([path, await exchangeRaw(observed, requestOf(path, inSession()))]).toEqual([path, expected]);
      expect([path, await exchangeRaw(observed, requestOf(path, {}))]).toEqual([path, expected]);
    }
    const events = await recorded();
    expect(events.map(({ path }) => path)).toEqual(Object.keys(hardCases));
    for (const event of events) {
      const { method, recorded } = hardCases[event.path] ?? {};
      expect(event).toMatchObject({
        method,
        query_params: `of=${event.path.slice(1)}`,
        agent_id: tenant.agentId,
        latency_ms: expect.any(Number),
        ...recorded,
      });
    }
  });

  test('answers in its own way as without the middleware, and what a handler threw is recorded', async () => {
    const [bare, observed] = [await start(name, null), await start(name, otas)];
    const closing = { ...inSession(), 'Content-Type': 'application/json', Connection: 'close' };
    const bodies = [undefined, undefined, '{"bolts": 3}', '["raw"]'];
    const paths = ['/own/file', '/own/throws', '/own/echo', '/own/raw'];
    for (const [at, path] of paths.entries()) {
      const request = rawRequest(bodies[at] === undefined ? 'GET' : 'POST', path, closing, bodies[at]);
      const expected = await exchangeRaw(bare, request);
      expect([path, await exchangeRaw(observed, request)]).toEqual([path, expected]);
    }
    const events = await recorded();
    expect(events.map(({ path }) => path)).toEqual(paths);
    const [file, failure, echo, raw] = events;
    expect(file).toMatchObject({
      status_code: 200,
      error: null,
      response_body: expect.stringContaining('startKoa'),
    });
    const thrown = name === 'node:http' ? 'answered 500 Internal Server Error' : 'the shelf is empty';
    expect(failure).toMatchObject({ status_code: 500, error: thrown });
    expect(echo).toMatchObject({
      request_body: '{"bolts": 3}',
      request_content_type: 'application/json',
      request_size_bytes: 12,
      response_body: expect.stringContaining('bolts'),
    });
    expect(raw).toMatchObject({ request_body: '["raw"]', response_body: expect.stringContaining('["raw"]') });
  });

  test('answers two requests of one connection in their order, and both are recorded', async () => {
    const [bare, observed] = [await start(name, null), await start(name, otas)];
    const requests = Buffer.concat([
      rawRequest('GET', '/pieces', inSession()),
      requestOf('/iterated', inSession()),
    ]);
    expect(await exchangeRaw(observed, requests)).toBe(await exchangeRaw(bare, requests));
    expect((await recorded()).map(({ path }) => path)).toEqual(['/pieces', '/iterated']);
  });

  test('what breaks off is recorded with what there was of it', async () => {
    const port = await start(name, otas);
    await exchangeAndCut(port, rawRequest('GET', '/endless', inSession()), 'begun');
    await exchangeAndCut(port, rawRequest('GET', '/silent', inSession()), '');
    await exchangeAndCut(port, rawRequest('GET', '/broken', inSession()), 'begun');
    const events = await eventually(3);
    const cut = 'the connection was closed before the response was complete';
    expect(Object.fromEntries(events.map((event) => [event.path, fieldsOf(event)]))).toEqual({
      '/endless': [200, 'begun', 5, cut],
      '/silent': [0, null, 0, cut],
      '/broken': [200, 'begun', 5, 'the disk is gone'],
    });
  });
});
