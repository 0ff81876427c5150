import { setTimeout as sleep } from 'node:timers/promises';
import { startService } from '@otas/stack';
import express from 'express';
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
  await otas.close();
});
afterAll(() => services.stop());

const makeMiddleware = ({ sdkKey }: Tenant): OtasMiddleware =>
  otasMiddleware({ sdkKey, brainUrl: services.brain.url });
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
const eventually = async (count: number): Promise<Answer['body'][]> => {
  for (;;) {
    const events = await recorded();
    if (events.length >= count) return events;
    await sleep(20);
  }
};
const fieldsOf = ({ status_code, response_body, response_size_bytes, error }: Answer['body']) => [
  status_code,
  response_body,
  response_size_bytes,
  error,
];

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

const closing = (who: Tenant = tenant) => ({ ...inSession(who), Connection: 'close' });

test('a token that is none, or of another project, changes nothing and is recorded nowhere', async () => {
  const [bare, observed] = [await start('Express 5', null), await start('Express 5', otas)];
  const other = await makeTenant(services);
  const forged = tenant.sessionToken.replace(/[^.]+$/, 'c2lnbmVkIGJ5IG5vYm9keQ');
  for (const token of ['none', forged, other.sessionToken, '', tenant.sessionToken]) {
    const request = rawRequest('GET', '/pieces', { ...closing(), 'X-OTAS-AGENT-SESSION-TOKEN': token });
    expect(await exchangeRaw(observed, request)).toBe(await exchangeRaw(bare, request));
  }
  expect(await recorded()).toHaveLength(1);
  expect(await readSession(services, other)).toEqual([]);
  expect(otas.stats()).toMatchObject({
    sent: 1,
    pending: 0,
    dropped: { invalid_session_token: 1 },
    rejected: { invalid_or_expired_token: 1, session_project_mismatch: 1 },
  });
});

test('what carries a credential is never recorded', async () => {
  const port = await start('node:http', otas);
  const secret = `otas_abcdef_${'s3cr3t'.repeat(6)}`;
  const headers = {
    ...closing(),
    Authorization: `Bearer ${secret}`,
    Cookie: secret,
    'Content-Type': 'text/plain',
  };
  await exchangeRaw(port, rawRequest('POST', `/own/echo?key=${secret}`, headers, `my key is ${secret}.`));
  const [event] = await recorded();
  expect(event).toMatchObject({
    query_params: 'key=[REDACTED]',
    request_body: 'my key is [REDACTED].',
    response_body: null,
  });
  const { cookie, authorization, ...others } = JSON.parse(event.request_headers);
  expect([cookie, authorization, others['x-otas-agent-session-token']]).toEqual(Array(3).fill('[REDACTED]'));
  expect(JSON.stringify(event)).not.toMatch(/s3cr3t|eyJ/);
});

test('twice in the way and behind a parser, a request is recorded once, with its body and whole path', async () => {
  const app = express();
  const api = express.Router();
  api.use(express.json(), otas, otas);
  api.post('/late', (req, res) => void res.json(req.body));
  app.use('/api', api);
  const server = app.listen(0, '127.0.0.1');
  running.push({ port: 0, stop: async () => void server.close() });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const headers = { ...closing(), 'Content-Type': 'application/json' };
  await exchangeRaw(port, rawRequest('POST', '/api/late?a=1', headers, '{ "n": 1 }'));
  expect(await recorded()).toMatchObject([
    { path: '/api/late', query_params: 'a=1', request_body: '{"n":1}', request_size_bytes: 10 },
  ]);
});

test('a body of which something came before the middleware is recorded whole', async () => {
  const app = express();
  app.use((req, _res, next) => void req.once('readable', () => next()), otas);
  app.post('/waited', async (req, res) => {
    for await (const chunk of req) res.write(chunk);
    res.end();
  });
  const server = app.listen(0, '127.0.0.1');
  running.push({ port: 0, stop: async () => void server.close() });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const answer = await exchangeRaw(port, rawRequest('POST', '/waited', closing(), 'from the first byte'));
  expect(answer).toContain('from the first byte');
  expect(await recorded()).toMatchObject([{ request_body: 'from the first byte', request_size_bytes: 19 }]);
});

test('while Brain is down the back end answers as ever, and what it recorded is delivered afterwards', async () => {
  const [bare, observed] = [await start('Fastify', null), await start('Fastify', otas)];
  const { port } = new URL(services.brain.url);
  await services.brain.kill();
  for (const path of ['/set-header', '/gzip']) {
    const expected = await exchangeRaw(bare, requestOf(path, inSession()));
    expect(await exchangeRaw(observed, requestOf(path, inSession()))).toBe(expected);
  }
  expect(await otas.flush(50)).toBe(false);
  const env = { ...services.env, BRAIN_PORT: port };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  const { stop } = services;
  services = { ...services, brain, stop: async () => void (await Promise.all([brain.stop(), stop()])) };
  expect((await eventually(2)).map(({ path }) => path)).toEqual(['/set-header', '/gzip']);
  expect(otas.stats()).toMatchObject({ recorded: 2, sent: 2, dropped: {}, rejected: {} });
});
