import { createSession } from '../src/browser';
import { type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';
import { until } from './support/until';

let brain: ScriptedBrain;
const page = new EventTarget();

beforeAll(async () => {
  brain = await startScriptedBrain();
  // What a page has of its own, and this process not.
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
});
afterAll(async () => {
  Object.assign(globalThis, { addEventListener: undefined, removeEventListener: undefined });
  await brain.stop();
});
beforeEach(() => void brain.seen.splice(0));

const begin = () =>
  createSession({
    agentKey: 'agent_key',
    uasamUrl: brain.url,
    brainUrl: brain.url,
    flushIntervalMs: 600_000,
  });
const call = (path: string, size = 0) => ({
  ...{ path, method: 'GET', status_code: 200, latency_ms: 1, request_body: 'x'.repeat(size) },
});

test('a page sends its events without what CORS would refuse', async () => {
  const session = await begin();
  for (const path of ['/a', '/b']) session.log(call(path, 2000));
  session.event({ type: 'thinking' });
  expect(await session.end()).toBe(true);
  expect(brain.seen.flatMap(({ events }) => events).sort()).toEqual(['/a', '/b', 'thinking']);
  expect(brain.seen[0]?.headers['content-encoding']).toBeUndefined();
});

test('when a page goes, what waits is sent as far as a browser lets requests outlive it', async () => {
  const session = await begin();
  for (let at = 0; at < 10; at++) session.log(call(`/${at}`, 8000));
  page.dispatchEvent(new Event('pagehide'));
  await until(5, () => brain.seen.length);
  expect(brain.seen.flatMap(({ events }) => events).sort()).toEqual(['/0', '/1', '/2', '/3', '/4']);
  // The page may come back, and then nothing is missing.
  expect(session.stats().pending).toBe(10);
  await session.end();
  expect(new Set(brain.seen.flatMap(({ events }) => events)).size).toBe(10);
});
