import { hardCases, requestOf } from '../support/hard-cases';
import { exchangeAndCut, exchangeRaw, rawRequest } from '../support/raw-http';
import type { BackEnd } from '../support/use-back-end';

/** What holds with each framework. */
export function testFramework(backEnd: BackEnd, name: string): void {
  const startBoth = async () => ({
    bare: await backEnd.start(name, null),
    observed: await backEnd.start(name, backEnd.otas),
  });

  test('answers every hard case as without the middleware, and each is recorded once', async () => {
    const { bare, observed } = await startBoth();
    for (const path of Object.keys(hardCases)) {
      const expected = await exchangeRaw(bare, requestOf(path, backEnd.headers()));
      expect([path, await exchangeRaw(observed, requestOf(path, backEnd.headers()))]).toEqual([
        path,
        expected,
      ]);
      expect([path, await exchangeRaw(observed, requestOf(path, {}))]).toEqual([path, expected]);
    }
    const events = await backEnd.recorded();
    expect(events.map(({ path }) => path)).toEqual(Object.keys(hardCases));
    for (const event of events) {
      const { method, recorded } = hardCases[event.path] ?? {};
      const query_params = `of=${event.path.slice(1)}`;
      const { agentId: agent_id } = backEnd.tenant;
      expect(event).toMatchObject({ method, query_params, agent_id, ...recorded });
      expect(event.latency_ms).toBeGreaterThan(0);
    }
  });

  test('answers in its own way as without the middleware, and what a handler threw is recorded', async () => {
    const { bare, observed } = await startBoth();
    const headers = backEnd.headers({ 'Content-Type': 'application/json' });
    const bodies = { '/own/file': '', '/own/throws': '', '/own/echo': '{"bolts": 3}', '/own/raw': '["raw"]' };
    for (const [path, body] of Object.entries(bodies)) {
      const request = rawRequest(body === '' ? 'GET' : 'POST', path, headers, body);
      const expected = await exchangeRaw(bare, request);
      expect([path, await exchangeRaw(observed, request)]).toEqual([path, expected]);
    }
    const events = await backEnd.recorded();
    expect(events.map(({ path }) => path)).toEqual(Object.keys(bodies));
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
    const { bare, observed } = await startBoth();
    const first = rawRequest('GET', '/pieces', backEnd.headers({ Connection: 'keep-alive' }));
    const requests = Buffer.concat([first, requestOf('/iterated', backEnd.headers())]);
    expect(await exchangeRaw(observed, requests)).toBe(await exchangeRaw(bare, requests));
    expect((await backEnd.recorded()).map(({ path }) => path)).toEqual(['/pieces', '/iterated']);
  });

  test('what breaks off is recorded with what there was of it', async () => {
    const port = await backEnd.start(name, backEnd.otas);
    const cutAfter = { '/endless': 'begun', '/silent': '', '/broken': 'begun' };
    for (const [path, text] of Object.entries(cutAfter)) {
      await exchangeAndCut(port, rawRequest('GET', path, backEnd.headers()), text);
    }
    const events = await backEnd.recorded(3);
    const fields = events.map((event) => [
      event.path,
      [event.status_code, event.response_body, event.response_size_bytes, event.error],
    ]);
    const cut = 'the connection was closed before the response was complete';
    expect(Object.fromEntries(fields)).toEqual({
      '/endless': [200, 'begun', 5, cut],
      '/silent': [0, null, 0, cut],
      '/broken': [200, 'begun', 5, 'the disk is gone'],
    });
  });
}
