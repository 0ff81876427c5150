import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallRecord } from '../src';
import { bundleInstrument } from './support/instrument-bundle';
import { type Run, runProgram } from './support/run-program';
import { type Seen, startTargetServer, type TargetServer } from './support/target-server';

const rounds = 16;
const directory = mkdtempSync(path.join(tmpdir(), 'otas-sdk-'));
const fixture = (name: string): string => path.join(__dirname, 'fixtures', name);
let server: TargetServer;
let closedPort: number;
let plain: Run;
let recorded: Run;
let seen: readonly Seen[];
let calls: readonly CallRecord[];
let stats: unknown;

beforeAll(async () => {
  server = await startTargetServer();
  closedPort = await findClosedPort();
  const args = [fixture('program.mjs'), server.url, String(closedPort), String(rounds)];
  plain = await runProgram(args, {});
  server.seen.length = 0;
  const env = { SDK_BUNDLE: path.join(directory, 'sdk.mjs'), CALLS_FILE: path.join(directory, 'calls.json') };
  await bundleInstrument(env.SDK_BUNDLE);
  recorded = await runProgram(['--import', fixture('record.mjs'), ...args], env);
  seen = [...server.seen];
  ({ calls, stats } = JSON.parse(readFileSync(env.CALLS_FILE, 'utf8')));
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

test('a program of a thousand calls prints the same, byte for byte, and ends in the same way when it is recorded', () => {
  expect(recorded.stdout.split('\n')).toEqual(plain.stdout.split('\n'));
  expect(recorded.stderr).toBe(plain.stderr);
  expect(recorded.exitCode).toBe(plain.exitCode);
  expect(plain.stderr).toContain(`done: ${plain.stdout.trimEnd().split('\n').length}`);
  expect(plain.stdout).not.toContain('"failed"');
});

test('each call is recorded once, with the status that the server sent for it', () => {
  expect(seen.length).toBeGreaterThan(950);
  const answered = new Set(seen.map(({ url }) => url));
  const recordedSeen = calls.filter((call) => answered.has(urlOf(call)));
  expect(recordedSeen.map((call) => `${call.method} ${urlOf(call)} ${call.status_code}`).sort()).toEqual(
    seen.map(({ method, url, status }) => `${method} ${url} ${status}`).sort(),
  );
  expect(stats).toEqual({ unattributed: 0, failed: 0 });
});

test('calls that reach no server are recorded once too, with what went wrong', () => {
  const answered = new Set(seen.map(({ url }) => url));
  const failed = calls.filter((call) => !answered.has(urlOf(call)));
  const names = failed.filter(({ path }) => path.startsWith('/noname/'));
  expect(names.map(({ path }) => path).sort()).toEqual(
    ['axios', 'fetch', 'got', 'undici'].map((name) => `/noname/${name}NoName-0`),
  );
  for (const { error } of names) expect(error).toMatch(/getaddrinfo E/);
  const refused = failed.filter((call) => !names.includes(call));
  expect(refused.map(({ path }) => path).sort()).toEqual(
    [...Array.from({ length: rounds }, (_, round) => `/refused/fetchRefused-${round}`), '/unheard'].sort(),
  );
  for (const { error } of refused) expect(error).toBe(`connect ECONNREFUSED 127.0.0.1:${closedPort}`);
  for (const { status_code } of failed) expect(status_code).toBe(0);
});

test('every record has an id of its own, the time of the call and a latency', () => {
  expect(new Set(calls.map(({ event_id }) => event_id)).size).toBe(calls.length);
  for (const call of calls) {
    expect(Math.abs(Date.parse(call.event_time) - Date.now())).toBeLessThan(10 * 60_000);
    expect(call.latency_ms).toBeGreaterThan(0);
  }
});

test.each([
  [
    '/json/fetchJson-0',
    { request_body: null, response_body: jsonText(), response_size_bytes: 44, query_params: 'q=1' },
  ],
  ['/echo/fetchPost-0', { request_body: 'plain', request_size_bytes: 5, response_body: 'POST plain' }],
  ['/echo/fetchStreamed-0', { request_body: 'one two drei größer', request_size_bytes: 21 }],
  ['/gzip/fetchGzip-0', { response_body: jsonText(), error: null }],
  ['/br/undiciFetch-0', { response_body: jsonText() }],
  ['/gzip/axiosGzip-0', { response_body: jsonText() }],
  ['/br/gotStream-0', { response_body: jsonText() }],
  ['/binary/fetchBinary-0', { response_body: null, response_size_bytes: 20_000 }],
  ['/redirect/fetchRedirected-0/302', { status_code: 302 }],
  ['/slow/fetchAborted-0', { status_code: 0, error: expect.stringContaining('AbortError') }],
  ['/half/fetchAbortedForAReason-0', { status_code: 200, response_body: '1', error: 'RangeError: enough' }],
  ['/half/fetchCut-0', { status_code: 200, error: 'UND_ERR_SOCKET: other side closed' }],
  ['/half/fetchParts-0', { response_body: '1234567890', error: null }],
  ['/reset/fetchReset-0', { status_code: 0, error: 'read ECONNRESET' }],
  ['/echo/httpPost-0', { request_body: 'one two drei größer', response_body: 'POST one two drei größer' }],
  ['/echo/httpContinue-0', { request_body: 'body!!', response_body: 'POST body!!' }],
  ['/half/httpDestroyed-0', { status_code: 200, response_body: '1', error: 'ECONNRESET: aborted' }],
  ['/half/httpDestroyedAnswer-0', { error: expect.stringContaining('no more') }],
  ['/reset/httpReset-0', { status_code: 0, error: 'read ECONNRESET' }],
  ['/slow/httpTimeout-0', { status_code: 0, error: 'ECONNRESET: socket hang up' }],
  ['/upgrade/httpUpgrade-0', { status_code: 101, error: null }],
  ['upstream-httpConnect-0:443', { method: 'CONNECT', status_code: 200, error: null }],
  ['/echo/axiosPost-0', { request_body: '{"a":1}', request_content_type: 'application/json' }],
  ['/echo/undiciRequest-0', { request_body: 'one two drei größer', request_size_bytes: 21 }],
  ['/echo/undiciPipeline-0', { request_body: 'through', response_body: 'PUT through' }],
  [
    '/echo/nodeFetchPost-0',
    { request_body: 'one two drei größer', response_content_type: 'text/plain; charset=utf-8' },
  ],
])('%s is recorded as it was', (path, expected) => {
  const found = calls.filter((call) => call.path === path);
  expect(found).toEqual([expect.objectContaining(expected)]);
});

test('headers are recorded as they went over the wire', () => {
  const raw = calls.find((call) => call.path === '/binary/httpRawHeaders-0');
  expect(raw?.request_headers).toEqual(seen.find(({ url }) => url === raw?.path)?.headers);
  const twice = calls.find((call) => call.path === '/status/fetchEmpty-0/204');
  expect(twice?.response_headers).toMatchObject({ 'x-twice': 'a, b' });
  const fetched = calls.find((call) => call.path === '/json/fetchJson-0');
  expect(fetched?.request_headers).toEqual(
    seen.find(({ url }) => url.startsWith(`${fetched?.path}?`))?.headers,
  );
});

function urlOf({ path, query_params: query }: CallRecord): string {
  return query === null ? path : `${path}?${query}`;
}

function jsonText(): string {
  return '{"items":["größer","smaller"],"next":null}';
}

async function findClosedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  listener.close();
  await once(listener, 'close');
  return port;
}
