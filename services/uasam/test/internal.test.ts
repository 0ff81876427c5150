import supertest from 'supertest';
import { findFreePort } from '../../../test/find-free-port';
import { internalPaths, serviceHeaders } from './support/internal';
import { startProcess } from './support/process';
import { startTestService, type TestService, testEnvironment } from './support/service';
import { createTenant } from './support/tenant';

const second = 'a second token of other services while the first is replaced';
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ SERVICE_TOKENS: `${testEnvironment.SERVICE_TOKENS},${second}` });
});
afterAll(() => service.close());

const all = [
  ['POST', internalPaths.authorize],
  ['GET', internalPaths.revocations],
] as const;

const call = (method: 'GET' | 'POST', path: string, headers: Record<string, string>, http = service.http) =>
  (method === 'GET' ? http.get(path) : http.post(path)).set(headers);

describe.each(all)('%s %s', (method, path) => {
  test('is refused without a service token, whatever else is sent', async () => {
    const { headers } = await createTenant(service);
    const token = serviceHeaders['X-OTAS-SERVICE-TOKEN'];
    const wrong: Record<string, string>[] = [
      {},
      headers,
      { Authorization: `Bearer ${token}` },
      { 'X-OTAS-SERVICE-TOKEN': '' },
      { 'X-OTAS-SERVICE-TOKEN': `${token}x` },
      { 'X-OTAS-SERVICE-TOKEN': token.slice(0, -1) },
      { 'X-OTAS-SERVICE-TOKEN': token.toUpperCase() },
      { 'X-OTAS-SERVICE-TOKEN': `${token},${second}` },
      { ...headers, 'X-OTAS-SERVICE-TOKEN': testEnvironment.KEY_PEPPER },
    ];
    for (const one of wrong) {
      const answer = await call(method, path, one);
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({ status: 0, status_description: 'invalid_service_token' });
    }
  });

  test('accepts every one of the tokens', async () => {
    for (const token of [testEnvironment.SERVICE_TOKENS, second]) {
      const answer = await call(method, path, { 'X-OTAS-SERVICE-TOKEN': token });
      expect(answer.body.status_description).not.toBe('invalid_service_token');
    }
  });

  test('is offered to no web page', async () => {
    const headers = { Origin: 'https://example.com', 'Access-Control-Request-Method': method };
    const preflight = await service.http
      .options(path)
      .set({ ...headers, 'Access-Control-Request-Headers': 'x-otas-service-token' });
    const answer = await call(method, path, { ...headers, ...serviceHeaders });
    for (const { headers: given } of [preflight, answer]) {
      expect(given).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

test('what is not there under /internal/ is 404', async () => {
  for (const path of ['/internal/', '/internal', '/internal/v1/', '//internal/v1/authorize/x']) {
    const answer = await service.http.get(path).set(serviceHeaders);
    expect([answer.status, answer.body.status_description]).toEqual([404, 'not_found']);
  }
});

test('with a port of their own they are on that port alone, beside the health of the service', async () => {
  const [port, internalPort] = [await findFreePort(), await findFreePort()];
  const running = startProcess({
    ...testEnvironment,
    UASAM_PORT: String(port),
    UASAM_INTERNAL_PORT: String(internalPort),
    LOG_LEVEL: 'debug',
  });
  try {
    await running.waitFor('UASAM listens on');
    const [main, internal] = [port, internalPort].map((one) => supertest(`http://127.0.0.1:${one}`));
    for (const [method, path] of all) {
      expect((await call(method, path, serviceHeaders, main)).status).toBe(404);
      expect((await call(method, path, {}, internal)).status).toBe(401);
      expect((await call(method, path, serviceHeaders, internal)).status).not.toBe(404);
    }
    for (const path of ['/healthz', '/readyz']) {
      expect((await call('GET', path, {}, main)).status).toBe(200);
      expect((await call('GET', path, {}, internal)).status).toBe(200);
    }
    expect((await call('POST', '/api/user/v1/login/', {}, internal)).status).toBe(404);
    running.signal('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(running.output()).toContain(internalPaths.revocations);
    expect(running.output()).not.toContain(testEnvironment.SERVICE_TOKENS);
  } finally {
    running.signal('SIGKILL');
  }
});
