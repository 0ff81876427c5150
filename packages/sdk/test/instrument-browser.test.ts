import { instrument } from '../src/instrument/browser';
import { type CollectingRecorder, collectingRecorder } from './support/collecting-recorder';
import { startTargetServer, type TargetServer } from './support/target-server';
import { until } from './support/until';

const untouched = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
let server: TargetServer;
let session: CollectingRecorder;
let restore: () => void;

beforeAll(async () => {
  server = await startTargetServer();
});
beforeEach(() => {
  session = collectingRecorder('the token');
  restore = instrument(session);
});
afterEach(() => restore());
afterAll(() => server.close());

const last = () => session.calls.at(-1);

test('a call is recorded when its answer was read, with what was sent and what came', async () => {
  const response = await fetch(`${server.url}/echo/1?a=b`, {
    method: 'post',
    headers: { 'X-A': 'b' },
    body: 'größer',
  });
  expect(session.calls).toEqual([]);
  expect(await response.text()).toBe('POST größer');
  expect(last()).toMatchObject({
    method: 'POST',
    path: '/echo/1',
    query_params: 'a=b',
    status_code: 200,
    request_headers: { host: new URL(server.url).host, 'x-a': 'b' },
    request_body: 'größer',
    request_size_bytes: 8,
    response_body: 'POST größer',
    response_size_bytes: 13,
    response_content_type: 'text/plain; charset=utf-8',
    error: null,
  });
});

test.each([
  ['bytes', new Uint8Array([97, 98])],
  ['a buffer', new Uint8Array([97, 98]).buffer],
  ['a view', new DataView(new Uint8Array([97, 98]).buffer)],
  ['a form', new URLSearchParams('ab')],
])('a body of %s is recorded', async (_what, body) => {
  await (await fetch(`${server.url}/echo/1`, { method: 'PUT', body })).text();
  expect(last()?.request_body).toMatch(/^ab=?$/);
});

test('a Request is recorded too, and stays what it was', async () => {
  const request = new Request(`${server.url}/echo/1`, { method: 'DELETE', headers: { 'X-A': 'b' } });
  expect(await (await fetch(request)).text()).toBe('DELETE ');
  expect(last()).toMatchObject({ method: 'DELETE', request_headers: { 'x-a': 'b' } });
});

test('the answer is as the platform gives it', async () => {
  const url = `${server.url}/json/1`;
  const ours = await fetch(url);
  restore();
  const plain = await fetch(url);
  const shape = ({ url, type, redirected, status, statusText, ok, bodyUsed, headers }: Response) =>
    ({
      url,
      type,
      redirected,
      status,
      statusText,
      ok,
      bodyUsed,
      type2: headers.get('content-type'),
    }) as const;
  expect(shape(ours)).toEqual(shape(plain));
  expect(ours).toBeInstanceOf(Response);
  expect(() => ours.headers.set('a', 'b')).toThrow();
  const copy = ours.clone();
  expect(shape(copy)).toEqual(shape(plain));
  const [first, second] = await Promise.all([ours.json(), copy.json()]);
  expect([first, second]).toEqual([await plain.json(), first]);
  expect(ours.bodyUsed).toBe(true);
  expect(session.calls).toHaveLength(1);
});

test('each chunk is with the caller before the server sends the next one', async () => {
  const { body } = await fetch(`${server.url}/half/streamed`);
  const reader = (body as ReadableStream).getReader({ mode: 'byob' });
  const chunks: string[] = [];
  for (const next of ['2345', '6789', 'end', null]) {
    const { value } = await reader.read(new Uint8Array(100));
    chunks.push(Buffer.from(value ?? []).toString());
    restore();
    if (next !== null) await fetch(`${server.url}/next/streamed/${next}`);
  }
  expect(chunks).toEqual(['1', '2345', '6789', '0']);
  expect((await reader.read(new Uint8Array(1))).done).toBe(true);
  expect(last()).toMatchObject({ response_body: '1234567890', error: null });
});

test('an answer that the program does not read is not read for it', async () => {
  const response = await fetch(`${server.url}/large/browser`);
  restore();
  let written = -1;
  await until(true, async () => {
    const before = written;
    written = Number(await (await fetch(`${server.url}/written/browser`)).text());
    return written === before;
  });
  expect(written).toBeLessThan(32 << 20);
  await response.body?.cancel('enough');
  expect(last()).toMatchObject({ path: '/large/browser', error: 'enough' });
});

test('a redirect that the platform follows is one call, which says where it ended', async () => {
  await (await fetch(`${server.url}/redirect/1/302`)).text();
  expect(session.calls).toMatchObject([
    { path: '/redirect/1/302', status_code: 200, metadata: { redirected_to: `${server.url}/echo/1` } },
  ]);
});

test('an answer without a body is recorded at once', async () => {
  await fetch(`${server.url}/status/1/204`);
  expect(last()).toMatchObject({ status_code: 204, response_size_bytes: 0, error: null });
});

test.each([
  ['a name that is not there', () => fetch('http://browser.invalid/'), /ENOTFOUND|EAI_AGAIN/],
  ['no address', () => fetch('http://'), null],
  ['a signal', () => fetch(`${server.url}/slow/x`, { signal: AbortSignal.abort() }), /AbortError/],
])('%s fails as ever', async (_what, send, error) => {
  const ours = await send().catch((err) => err);
  if (error === null) expect(session.calls).toEqual([]);
  else expect(session.calls).toMatchObject([{ status_code: 0, error: expect.stringMatching(error) }]);
  restore();
  const plain = await send().catch((err) => err);
  expect([ours.name, ours.message, ours.code]).toEqual([plain.name, plain.message, plain.code]);
});

test('a call in the domain gets the header, unless it has one, and is not recorded', async () => {
  const url = `${server.url}/domain/1`;
  const request = new Request(url, { headers: { 'X-A': 'b' } });
  expect(await (await fetch(url, { headers: [['X-A', 'b']] })).text()).toBe('the token');
  expect(await (await fetch(request)).text()).toBe('the token');
  const headers = { 'X-Otas-Agent-Session-Token': 'mine' };
  expect(await (await fetch(url, { headers })).text()).toBe('mine');
  expect(server.seen.at(-2)?.headers).toMatchObject({ 'x-a': 'b' });
  expect(session.calls).toEqual([]);
});

test('what is no call over HTTP is none', async () => {
  expect(await (await fetch('data:text/plain,hello')).text()).toBe('hello');
  expect(session.calls).toEqual([]);
});

test('restore() puts back exactly what was there', () => {
  expect(globalThis.fetch).not.toBe(untouched?.value);
  expect([globalThis.fetch.name, globalThis.fetch.length]).toEqual([
    untouched?.value.name,
    untouched?.value.length,
  ]);
  restore();
  expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(untouched);
});
