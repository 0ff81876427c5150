import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import { json, text } from 'node:stream/consumers';
import { instrument } from '../src/instrument/node';
import { post } from '../src/platform/node/post';
import { endOpenCalls, runInSession } from '../src/session-context';
import { type CollectingRecorder, collectingRecorder } from './support/collecting-recorder';
import { startTargetServer, type TargetServer } from './support/target-server';
import { until } from './support/until';

const keptRequest = http.request;
let server: TargetServer;
let session: CollectingRecorder;
let restore: () => void;

beforeAll(async () => {
  server = await startTargetServer();
});
beforeEach(() => {
  session = collectingRecorder();
  restore = instrument(session);
});
afterEach(() => restore());
afterAll(() => server.close());

test('an answer that the program does not read is not read for it, and the server has to wait', async () => {
  const response = await fetch(`${server.url}/large/unread`);
  const agent = new http.Agent({ keepAlive: true });
  const request = http.get(`${server.url}/large/paused`, { agent });
  const [answer] = await once(request, 'response');
  for (const id of ['unread', 'paused']) {
    let written = -1;
    // The server has stopped when nothing more was written between two questions.
    await until(true, async () => {
      const before = written;
      written = Number(await (await fetch(`${server.url}/written/${id}`)).text());
      return written === before;
    });
    expect(written).toBeLessThan(32 << 20);
  }
  expect(session.calls.filter(({ path }) => path.startsWith('/large/'))).toEqual([]);
  await response.body?.cancel();
  answer.destroy();
  await until(2, () => session.calls.filter(({ path }) => path.startsWith('/large/')).length);
  agent.destroy();
});

test('a body longer than the bound is recorded as its begin, with its whole size', async () => {
  const body = 'x'.repeat(5000);
  const answer = await (await fetch(`${server.url}/echo/1`, { method: 'POST', body })).text();
  expect(answer).toHaveLength(5005);
  expect(session.calls).toMatchObject([
    {
      request_size_bytes: 5000,
      request_body: expect.stringMatching(/^x{900,960}\[TRUNCATED: 5000 bytes\]$/),
      response_size_bytes: 5005,
      response_body: expect.stringMatching(/^POST x{900,960}\[TRUNCATED: 5005 bytes\]$/),
    },
  ]);
});

test('what the program does with a chunk afterwards does not change what is recorded', async () => {
  const sent = Buffer.from('sent');
  const request = http.request(`${server.url}/echo/1`, { method: 'POST' });
  request.end(sent);
  const [response] = await once(request, 'response');
  response.on('data', (chunk: Buffer) => chunk.fill('!'));
  await once(response, 'end');
  sent.fill('?');
  await until(1, () => session.calls.length);
  expect(session.calls).toMatchObject([{ request_body: 'sent', response_body: 'POST sent' }]);
});

test('calls that are under way when the session is restored are recorded at their end, in their session', async () => {
  const response = await fetch(`${server.url}/half/under-way`);
  const request = http.get(`${server.url}/half/under-way-too`);
  const [answer] = await once(request, 'response');
  restore();
  for (const part of ['23456789', 'end'])
    for (const id of ['under-way', 'under-way-too']) await fetch(`${server.url}/next/${id}/${part}`);
  expect([await response.text(), (await answer.toArray()).join('')]).toEqual(['1234567890', '1234567890']);
  expect(session.calls.map(({ path, response_body }) => [path, response_body]).sort()).toEqual([
    ['/half/under-way', '1234567890'],
    ['/half/under-way-too', '1234567890'],
  ]);
  expect(channel('undici:request:trailers').hasSubscribers).toBe(false);
  expect(channel('http.client.response.finish').hasSubscribers).toBe(false);
});

test('what is still under way at the end can be recorded as far as it got, once', async () => {
  const other = collectingRecorder();
  const endOther = instrument(other);
  const response = await runInSession(session, () => fetch(`${server.url}/half/open`));
  const elsewhere = await runInSession(other, () => fetch(`${server.url}/half/elsewhere`));
  endOpenCalls('the session ended', session);
  expect(session.calls).toMatchObject([
    { path: '/half/open', status_code: 200, error: 'the session ended', response_body: '1' },
  ]);
  expect(other.calls).toEqual([]);
  await response.body?.cancel();
  await elsewhere.body?.cancel();
  await until(1, () => other.calls.length);
  expect(session.calls).toHaveLength(1);
  endOther();
});

test('what the SDK sends itself is in no record, also in that of another installation', async () => {
  const request = { url: `${server.url}/echo/own`, headers: {}, body: 'x', timeoutMs: 5000, isRef: true };
  expect((await post(request)).text).toBe('POST x');
  await (await fetch(`${server.url}/echo/1`, { method: 'POST', body: 'y' })).text();
  expect(session.calls.map(({ path }) => path)).toEqual(['/echo/1']);
});

test.each([
  ['a function that the program had kept before', () => keptRequest(`${server.url}/json/past`)],
  ['the class itself', () => new http.ClientRequest(`${server.url}/json/past`)],
])('a request that was made by %s is recorded too, and once', async (_by, make) => {
  const request = make();
  request.end();
  const [response] = await once(request, 'response');
  expect(await json(response)).toHaveProperty('items');
  expect(session.calls.map(({ path }) => path)).toEqual(['/json/past']);

  Object.assign(session, { isInDomain: (url: string) => url.includes('in.the.domain') });
  const elsewhere = keptRequest(`${server.url}/domain/2`, { headers: { Host: 'in.the.domain' } });
  elsewhere.end();
  expect(await text((await once(elsewhere, 'response'))[0])).toBe('undefined');
  Object.assign(session, { isInDomain: (url: string) => url.startsWith(`${server.url}/domain/`) });
  const domain = keptRequest(`${server.url}/domain/1`);
  domain.end();
  const [answer] = await once(domain, 'response');
  expect(await text(answer)).toBe('token');
  expect(session.calls).toHaveLength(2);
});

test('each hop of a redirect is a call, and the header of the domain does not go along to other places', async () => {
  Object.assign(session, { isInDomain: (url: string) => url.includes('/redirect/') });
  await (await fetch(`${server.url}/redirect/hop/302`)).text();
  expect(session.calls.map(({ path }) => path)).toEqual(['/echo/hop']);
  expect(server.seen.slice(-2).map(({ headers }) => headers['x-otas-agent-session-token'])).toEqual([
    'token',
    undefined,
  ]);
});
