import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { otasMiddleware } from '@otas/sdk';
import { startService } from '@otas/stack';
import express from 'express';
import { startLocalServer } from '../../../../test/local-server';
import { makeTenant, readSession } from '../../../e2e/test/support/tenant';
import { requestOf } from '../support/hard-cases';
import { runProgram } from '../support/program';
import { exchangeRaw, rawRequest } from '../support/raw-http';
import type { BackEnd } from '../support/use-back-end';

/** What holds whatever the framework. */
export function testAnyFramework(backEnd: BackEnd): void {
  const serve = async (app: express.Express): Promise<number> => {
    const host = await startLocalServer(app);
    backEnd.stopAfterwards(host);
    return host.port;
  };

  test('a token that is none, or of another project, changes nothing and is recorded nowhere', async () => {
    const [bare, observed] = [await backEnd.start('Koa', null), await backEnd.start('Koa', backEnd.otas)];
    const other = await makeTenant(backEnd.services);
    const { sessionToken } = backEnd.tenant;
    const forged = sessionToken.replace(/[^.]+$/, 'c2lnbmVkIGJ5IG5vYm9keQ');
    for (const token of ['none', forged, other.sessionToken, '', sessionToken]) {
      const headers = backEnd.headers({ 'X-OTAS-AGENT-SESSION-TOKEN': token });
      const request = rawRequest('GET', '/pieces', headers);
      expect(await exchangeRaw(observed, request)).toBe(await exchangeRaw(bare, request));
    }
    expect(await backEnd.recorded()).toHaveLength(1);
    expect(await readSession(backEnd.services, other)).toEqual([]);
    expect(backEnd.otas.stats()).toMatchObject({
      ...{ recorded: 4, sent: 1, pending: 0 },
      dropped: { invalid_session_token: 1 },
      rejected: { invalid_or_expired_token: 1, session_project_mismatch: 1 },
    });
  });

  test('what carries a credential, by the rules of all or those of the back end, never leaves it', async () => {
    backEnd.otas = otasMiddleware({
      ...backEnd.addresses,
      redact: { headers: ['X-Pin'], patterns: [/pin-\d+/] },
    });
    const port = await backEnd.start('node:http', backEnd.otas);
    const secret = `otas_abcdef_${'s3cr3t'.repeat(6)}`;
    const credentials = { Authorization: `Bearer ${secret}`, Cookie: secret, 'X-Pin': '12' };
    const headers = backEnd.headers({ ...credentials, 'Content-Type': 'text/plain' });
    const body = `my key is ${secret} and pin-1234.`;
    await exchangeRaw(port, rawRequest('POST', `/own/echo?key=${secret}`, headers, body));
    const [event] = await backEnd.recorded();
    const redacted = 'my key is [REDACTED] and [REDACTED].';
    expect(event).toMatchObject({
      query_params: 'key=[REDACTED]',
      request_body: redacted,
      response_body: redacted,
    });
    const recordedHeaders = JSON.parse(event.request_headers);
    const names = ['authorization', 'cookie', 'x-pin', 'x-otas-agent-session-token'];
    expect(names.map((name) => recordedHeaders[name])).toEqual(names.map(() => '[REDACTED]'));
    expect(JSON.stringify(event)).not.toMatch(/s3cr3t|eyJ/);
  });

  test('twice in the way and behind a parser, a request is recorded once, with body and whole path', async () => {
    const api = express.Router();
    api.use(express.json(), backEnd.otas, backEnd.otas);
    api.post('/late', (req, res) => void res.json(req.body));
    api.post('/knot', ({ body }, res) => {
      body.self = body;
      res.end();
    });
    const port = await serve(express().use('/api', api));
    const headers = backEnd.headers({ 'Content-Type': 'application/json' });
    await exchangeRaw(port, rawRequest('POST', '/api/late?a=1', headers, '{ "n": 1 }'));
    await exchangeRaw(port, rawRequest('POST', '/api/knot', headers, '{}'));
    expect(await backEnd.recorded()).toMatchObject([
      { path: '/api/late', query_params: 'a=1', request_body: '{"n":1}', request_size_bytes: 10 },
      // Nothing can be made of it any more.
      { path: '/api/knot', status_code: 200, request_body: null, request_size_bytes: 2 },
    ]);
  });

  test('a body of which something came before the middleware is recorded whole', async () => {
    const app = express();
    app.use((req, _res, next) => void req.once('readable', () => next()), backEnd.otas);
    app.post('/waited', async (req, res) => {
      for await (const chunk of req) res.write(chunk);
      res.end();
    });
    const request = rawRequest('POST', '/waited', backEnd.headers(), 'from the first byte');
    expect(await exchangeRaw(await serve(app), request)).toContain('from the first byte');
    expect(await backEnd.recorded()).toMatchObject([
      { request_body: 'from the first byte', request_size_bytes: 19 },
    ]);
  });

  test('a request by HTTP/2 is recorded as any other', async () => {
    const listener: RequestListener = async (req, res) => {
      for await (const chunk of req) res.write(chunk);
      res.end('!');
    };
    const server = http2.createServer(backEnd.otas.listener(listener) as never);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { Connection: _, ...headers } = backEnd.headers({ ':path': '/two?a=1', ':method': 'POST' });
    const chunks = await client.request(headers).end('hello').setEncoding('utf8').toArray();
    await Promise.all([promisify(client.close).call(client), promisify(server.close).call(server)]);
    expect(chunks.join('')).toBe('hello!');
    const [event] = await backEnd.recorded();
    expect(event).toMatchObject({
      ...{ method: 'POST', path: '/two', query_params: 'a=1', status_code: 200 },
      ...{ request_body: 'hello', response_body: 'hello!', response_size_bytes: 6 },
      request_headers: '{"x-otas-agent-session-token":"[REDACTED]"}',
    });
  });

  test('nobody who looks at request and response sees the middleware', async () => {
    const app = express();
    const seen: unknown[] = [];
    const look: express.RequestHandler = (req, res, next) => {
      for (const object of [req, res]) {
        const { write, end, emit, push } = object as unknown as Record<string, () => void>;
        const functions = [write, end, emit, push].map((method) => [method?.name, method?.length]);
        const events = object.eventNames().map((event) => [event, object.listenerCount(event)]);
        seen.push([Object.keys(object), functions, events]);
      }
      next();
    };
    app.use(look, backEnd.otas, look, (_req, res) => void res.end());
    await exchangeRaw(await serve(app), rawRequest('GET', '/', backEnd.headers()));
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
    expect(await backEnd.recorded()).toHaveLength(1);
  });

  test('what was being answered when the process broke down is recorded', async () => {
    const { sdkKey: OTAS_SDK_KEY, brainUrl: OTAS_BRAIN_URL } = backEnd.addresses;
    const file = path.join(__dirname, '..', 'fixtures', 'breaking-shop.mjs');
    const shop = runProgram(file, { OTAS_SDK_KEY, OTAS_BRAIN_URL });
    backEnd.stopAfterwards(shop);
    const port = Number(await shop.says(/on (\d+)/));
    await exchangeRaw(port, rawRequest('GET', '/breaks', backEnd.headers()));
    expect((await shop.ended).code).not.toBe(0);
    expect(await backEnd.recorded()).toMatchObject([
      { path: '/breaks', status_code: 0, error: 'the process ended before the response was complete' },
    ]);
  });

  test('while Brain is down all is answered as ever, and what was recorded is delivered afterwards', async () => {
    const [bare, observed] = [
      await backEnd.start('Fastify', null),
      await backEnd.start('Fastify', backEnd.otas),
    ];
    const { env, brain, stop } = backEnd.services;
    await brain.kill();
    const paths = ['/set-header', '/gzip'];
    for (const path of paths) {
      const request = requestOf(path, backEnd.headers());
      expect(await exchangeRaw(observed, request)).toBe(await exchangeRaw(bare, request));
    }
    expect(await backEnd.otas.flush(50)).toBe(false);
    const again = await startService({
      name: 'brain',
      host: '127.0.0.1',
      env: { ...env, BRAIN_PORT: new URL(brain.url).port },
    });
    const stopAll = async (): Promise<void> => {
      await again.stop();
      await stop();
    };
    backEnd.services = { ...backEnd.services, brain: again, stop: stopAll };
    expect((await backEnd.recorded()).map(({ path }) => path)).toEqual(paths);
    expect(backEnd.otas.stats()).toMatchObject({ recorded: 2, sent: 2, dropped: {}, rejected: {} });
  });
}
