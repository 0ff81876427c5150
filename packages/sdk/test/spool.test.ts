import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSession, fileSpool, type OtasError, type SessionOptions } from '@otas/sdk';
import { startAgent } from './support/agent-process';
import { accepted, agentEnv, type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';
import { until } from './support/until';

let brain: ScriptedBrain;
let dir: string;
let problems: string[];

beforeEach(async () => {
  brain = await startScriptedBrain();
  dir = path.join(await mkdtemp(path.join(tmpdir(), 'otas-spool-')), 'spool');
  problems = [];
});
afterEach(async () => {
  await brain.stop();
  await rm(path.dirname(dir), { recursive: true, force: true });
});

const options = (more: SessionOptions = {}): SessionOptions => ({
  ...{ agentKey: 'agent_key', uasamUrl: brain.url, brainUrl: brain.url, flushIntervalMs: 600_000 },
  ...{ onError: ({ code }: OtasError) => problems.push(code), spool: fileSpool(dir) },
  ...more,
});
const call = (path: string, size = 0) => ({
  ...{ path, method: 'GET', status_code: 200, latency_ms: 1, request_body: 'x'.repeat(size) },
});
const files = async () => (await readdir(dir)).sort();

/** Leaves what a process with this key had spooled when it was killed; gives the file's name. */
async function leaveBehind(key: string, count: number): Promise<string> {
  await mkdir(dir, { recursive: true });
  const before = await files();
  const agent = startAgent(['wait', String(count), dir], agentEnv(brain, key));
  await agent.says('session');
  agent.signal('SIGKILL');
  await agent.ended;
  const file = (await files()).find((name) => !before.includes(name));
  return path.join(dir, file ?? '');
}

test('an event is in a file until Brain has it, and no file stays that is not needed', async () => {
  const session = await createSession(options());
  // More than one file holds.
  for (let at = 0; at < 30; at++) session.log(call(`/${at}`, 60_000));
  expect((await files()).length).toBeGreaterThan(1);
  expect(await session.flush()).toBe(true);
  expect([await files(), session.stats().unspooled]).toEqual([[], 0]);
  session.log(call('/again'));
  expect(await files()).toHaveLength(1);
  expect(await session.end()).toBe(true);
  expect(await files()).toEqual([]);
});

test('past its bound events are sent and not spooled, and counted', async () => {
  const session = await createSession(options({ spool: fileSpool(dir, { maxBytes: 5000 }) }));
  for (let at = 0; at < 10; at++) session.log(call(`/${at}`, 1000));
  expect(session.stats()).toMatchObject({ pending: 10, unspooled: 7 });
  expect(await session.end()).toBe(true);
  expect(session.stats()).toMatchObject({ sent: 10 });
});

test('a directory that goes away costs the spool and no event', async () => {
  const session = await createSession(options());
  await rm(dir, { recursive: true });
  session.log(call('/a'));
  session.log(call('/b'));
  expect(session.stats()).toMatchObject({ pending: 2, unspooled: 2 });
  // Once, for the disk is left alone for a while.
  expect(problems).toEqual(['spool_failed']);
  expect(await session.end()).toBe(true);
  expect(brain.seen.flatMap(({ events }) => events)).toEqual(['/a', '/b']);
});

test('a directory that can not be made is told at the start', async () => {
  await writeFile(dir, 'a file');
  await expect(createSession(options())).rejects.toMatchObject({ name: 'OtasError', code: 'spool_failed' });
});

test('what a killed process left is sent by the next one with its key, its broken end left out', async () => {
  const file = await leaveBehind('agent_key', 5);
  await appendFile(file, '{"of":0,"event":{"event_id":"cut');
  const session = await createSession(options());
  await until(5, () => session.stats().replayed);
  expect(brain.seen.flatMap(({ events }) => events)).toEqual(['/0', '/1', '/2', '/3', '/4']);
  expect(session.stats()).toMatchObject({ recorded: 0, sent: 0 });
  await until(0, async () => (await files()).length);
  await session.end();
});

test('while Brain does not take it, what was left stays in its file', async () => {
  await leaveBehind('agent_key', 5);
  brain.answer(() => ({ status: 503 }));
  const session = await createSession(options({ retryMinMs: 20, retryMaxMs: 20 }));
  await until(true, () => brain.seen.length >= 2);
  expect(await files()).toHaveLength(1);
  brain.answer(accepted);
  expect(await session.flush()).toBe(true);
  expect(session.stats().replayed).toBe(5);
  await session.end();
});

test('a file of another key, and one of a process that lives, are left alone', async () => {
  const foreign = await leaveBehind('agent_other', 5);
  const before = await readFile(foreign, 'utf8');
  const living = path.join(dir, `${process.ppid}-0-0123456789abcdef-0.otas-spool`);
  await writeFile(living, '');
  const none = path.join(dir, 'notes.txt');
  await writeFile(none, 'mine');
  // The youngest: when it was sent, the others were looked at.
  await leaveBehind('agent_key', 1);
  const session = await createSession(options());
  await until(1, () => session.stats().replayed);
  await until(3, async () => (await files()).length);
  expect(await files()).toEqual([foreign, living, none].map((file) => path.basename(file)).sort());
  expect(await readFile(foreign, 'utf8')).toBe(before);
  expect(brain.seen.flatMap(({ events }) => events)).toEqual(['/0']);
  await session.end();
});

test('of two processes that start at once, one sends what was left', async () => {
  await leaveBehind('agent_key', 50);
  const sessions = await Promise.all([createSession(options()), createSession(options())]);
  const replayed = () => sessions.reduce((sum, session) => sum + session.stats().replayed, 0);
  await until(50, replayed);
  await Promise.all(sessions.map((session) => session.end()));
  expect([replayed(), brain.seen.flatMap(({ events }) => events).length]).toEqual([50, 50]);
});
